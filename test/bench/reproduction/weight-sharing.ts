/** Soft weight sharing during training, on all parameters of a small network at once. */
import { optimalCentres } from "../../../src/engine/schemes/kmeans";
import type { Mixture } from "../../../src/engine/schemes/mixture";
import { optimizerState, update, type OptimizerState } from "../../../src/engine/training/optimizers";
import { addMixturePenalty, mixtureParameters } from "../../../src/engine/training/regularisers/mixture";
import type { SmallNetwork } from "./network";

export interface SharingSettings {
  /** Steps while the penalty grows, and as many on the means. */
  readonly steps: number;
  readonly learningRate: number;
  /** Weight ν of the mixture's penalty at its end, beside the mean loss. */
  readonly strength: number;
  /** Weight of the same penalty by a single Gaussian, trained along too: weight decay that finds its own width. */
  readonly wideStrength: number;
}

/** All combinations. */
export interface SharingPlan {
  readonly steps: number;
  readonly learningRates: readonly number[];
  readonly strengths: readonly number[];
  readonly wideStrengths: readonly number[];
}

export function settingsOf({ steps, learningRates, strengths, wideStrengths }: SharingPlan): SharingSettings[] {
  return learningRates.flatMap((learningRate) =>
    strengths.flatMap((strength) =>
      wideStrengths.map((wideStrength) => ({ steps, learningRate, strength, wideStrength })),
    ),
  );
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
 * Parameters that share 2^bits values, from those of the network, which keeps its own. First the penalty ν·Ω draws them to the means
 * of a mixture that is trained along; then the network runs on the nearest mean of each parameter; the mean takes the gradients of
 * all its members, and they themselves go on straight through, so that a member may change its component. The mixture starts as the
 * best partition, whose means are the first to be validated.
 * Source: Köksal, Alpaydın, Dündar (2001), eq. 1–2.
 */
export async function shareWeights(
  network: SmallNetwork,
  bits: number,
  { steps, learningRate, strength, wideStrength }: SharingSettings,
): Promise<Validated> {
  const { gradients } = network;
  const masters = trained(network.parameters.slice(), gradients);
  const mixture = trained(mixtureParameters(clusters(masters.values, 2 ** bits)));
  const wide = trained(mixtureParameters(clusters(masters.values, 1)));
  const size = mixture.values.length / 3;
  const means = mixture.values.subarray(size, 2 * size);
  const shared = new Float32Array(gradients.length);
  let best: Validated = { loss: Infinity, parameters: shared };
  for (let step = 0; step < 2 * steps; step++) {
    const codes = nearest(masters.values, means);
    for (let i = 0; i < codes.length; i++) shared[i] = means[codes[i]];
    if (step % INTERVAL === 0) best = await better(best, network, shared);
    const onMeans = step >= steps;
    const used = onMeans ? shared : masters.values;
    await network.backward(used);
    mixture.gradients.fill(0);
    wide.gradients.fill(0);
    addMixturePenalty([used], wide.values, wideStrength, [gradients], wide.gradients);
    if (onMeans) for (let i = 0; i < codes.length; i++) mixture.gradients[size + codes[i]] += gradients[i];
    const factor = strength * Math.min(step / steps, 1);
    addMixturePenalty([masters.values], mixture.values, factor, [gradients], mixture.gradients);
    const optimizer = options(learningRate, step + 1, 2 * steps);
    for (const each of [masters, mixture, wide]) update(each.values, each.gradients, each.state, optimizer);
  }
  return best;
}

interface Trained {
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  readonly state: OptimizerState;
}

function trained(values: Float32Array, gradients: Float32Array = new Float32Array(values.length)): Trained {
  return { values, gradients, state: optimizerState("adam", values.length) };
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
