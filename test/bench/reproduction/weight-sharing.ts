/** Soft weight sharing during training, on all parameters of a small network at once. */
import { optimalCentres } from "../../../src/engine/schemes/kmeans";
import type { Mixture } from "../../../src/engine/schemes/mixture";
import { optimizerState, update } from "../../../src/engine/training/optimizers";
import { addMixturePenalty, mixtureParameters } from "../../../src/engine/training/regularisers/mixture";
import type { SmallNetwork } from "./network";

export interface SharingPlan {
  /** Steps while the penalty grows, and as many on the means. */
  readonly steps: number;
  /** All pairs of these and the strengths are run, and the one that validates best is taken. */
  readonly learningRates: readonly number[];
  /** Weights ν of the penalty at its end, beside the mean loss. */
  readonly strengths: readonly number[];
}

/** Of a component: none collapses onto a single parameter. */
const LEAST_DEVIATION = 0.01;

/** Steps between two looks at the validation samples. */
const INTERVAL = 10;

/** Parameters, and what they reach on the validation samples. */
export interface Validated {
  readonly loss: number;
  readonly parameters: Float32Array;
}

/** Trains in float from where the network is, and leaves it as it was when it was best. */
export async function trainFloat(network: SmallNetwork, steps: number, learningRate: number): Promise<number> {
  const { parameters, gradients } = network;
  const state = optimizerState("adam", parameters.length);
  let best: Validated = { loss: Infinity, parameters };
  for (let step = 1; step <= steps; step++) {
    await network.backward(parameters);
    update(parameters, gradients, state, options(learningRate, step, steps));
    if (step % INTERVAL === 0) best = await better(best, network, parameters);
  }
  parameters.set(best.parameters);
  return best.loss;
}

async function better(best: Validated, network: SmallNetwork, parameters: Float32Array): Promise<Validated> {
  const loss = await network.validationLoss(parameters);
  return loss < best.loss ? { loss, parameters: parameters.slice() } : best;
}

/**
 * Parameters that share 2^bits values. First the penalty ν·Ω draws them to the means of a mixture that is trained along; then the
 * network runs on the nearest mean of each parameter; the mean takes the gradients of all its members, and they themselves go on
 * straight through, so that a member may change its component.
 * Source: Köksal, Alpaydın, Dündar (2001), eq. 1–2.
 */
export async function shareWeights(network: SmallNetwork, bits: number, plan: SharingPlan): Promise<Validated> {
  const start = network.parameters.slice();
  let best: Validated = { loss: Infinity, parameters: start };
  for (const learningRate of plan.learningRates) {
    for (const strength of plan.strengths) {
      network.parameters.set(start);
      const shared = await shareWith(network, bits, { strength, learningRate, steps: plan.steps });
      if (shared.loss < best.loss) best = shared;
    }
  }
  network.parameters.set(start);
  return best;
}

async function shareWith(
  network: SmallNetwork,
  bits: number,
  { strength, learningRate, steps }: { strength: number; learningRate: number; steps: number },
): Promise<Validated> {
  const { parameters, gradients } = network;
  const mixture = mixtureParameters(clusters(parameters, 2 ** bits));
  const size = mixture.length / 3;
  const mixtureGradients = new Float32Array(mixture.length);
  const states = [parameters, mixture].map(({ length }) => optimizerState("adam", length));
  const shared = new Float32Array(parameters.length);
  const toMeans = (): Uint8Array => {
    const means = mixture.subarray(size, 2 * size);
    const codes = nearest(parameters, means);
    for (let i = 0; i < codes.length; i++) shared[i] = means[codes[i]];
    return codes;
  };
  toMeans();
  let best = await better({ loss: Infinity, parameters: shared }, network, shared);
  for (let step = 1; step <= 2 * steps; step++) {
    mixtureGradients.fill(0);
    const onMeans = step > steps;
    if (onMeans) {
      const codes = toMeans();
      await network.backward(shared);
      if (step % INTERVAL === 0) best = await better(best, network, shared);
      for (let i = 0; i < codes.length; i++) mixtureGradients[size + codes[i]] += gradients[i];
    } else {
      await network.backward(parameters);
    }
    const factor = strength * Math.min(step / steps, 1);
    addMixturePenalty([parameters], mixture, factor, [gradients], mixtureGradients);
    const optimizer = options(learningRate, step, 2 * steps);
    update(parameters, gradients, states[0], optimizer);
    update(mixture, mixtureGradients, states[1], optimizer);
  }
  return best;
}

/** A component for each cluster of the best partition. */
function clusters(values: Float32Array, count: number): Mixture {
  const means = optimalCentres(values.slice().sort(), count);
  const codes = nearest(values, means);
  const counts = new Float64Array(means.length);
  const squares = new Float64Array(means.length);
  codes.forEach((code, i) => {
    counts[code]++;
    squares[code] += (values[i] - means[code]) ** 2;
  });
  const deviations = squares.map((square, j) => Math.max(Math.sqrt(square / Math.max(counts[j], 1)), LEAST_DEVIATION));
  return { shares: counts.map((members) => Math.max(members, 1) / values.length), means, deviations };
}

function nearest(values: Float32Array, centres: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(values, (value) => {
    let best = 0;
    for (let j = 1; j < centres.length; j++) {
      if (Math.abs(centres[j] - value) < Math.abs(centres[best] - value)) best = j;
    }
    return best;
  });
}

/** Adam whose rate falls along half a cosine. */
function options(learningRate: number, step: number, steps: number) {
  const rate = learningRate * (0.5 + 0.5 * Math.cos((Math.PI * (step - 1)) / steps));
  return { optimizer: "adam", momentum: 0, weightDecay: 0, gradientFactor: 1, learningRate: rate, step } as const;
}
