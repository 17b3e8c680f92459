/** The training loop. */
import { BitwrightError } from "../../protocol/errors";
import type { TrainingEvaluation, TrainingReport, TrainingStart } from "../../protocol/training";
import { encodeCheckpoint, type Checkpoint } from "./checkpoint";
import { isBetter, scoreOn, type Judged, type Score } from "./evaluate";
import type { LossName } from "./losses";
import { Meter } from "./meter";
import type { TrainingNetwork } from "./network";
import { obey, type Obeying } from "./obey";
import { Parameters } from "./parameters";
import { addMomentPenalty } from "./regularisers/moments";
import { targetBatch } from "./samples";
import { penaltyShare, scheduled } from "./schedule";
import type { TrainingSettings } from "./settings";
import { shuffledOrder, stepSeed } from "./shuffle";
import type { TrainedWeights } from "./trained-weights";

/** Milliseconds between events about steps. */
const EVENT_INTERVAL = 250;

/** Milliseconds that a run may lose where its process is ended within a long epoch. */
const CHECKPOINT_INTERVAL = 60_000;

export interface TrainingControl extends Obeying {
  /** Milliseconds from some point in time. */
  readonly now: () => number;
  /** Called, and waited for, with every checkpoint. */
  readonly checkpoint?: (bytes: Uint8Array) => void | Promise<void>;
  /** SHA-256 of bytes in hexadecimal digits. */
  readonly sha256: (bytes: Uint8Array) => string;
}

export interface Run {
  readonly network: TrainingNetwork;
  readonly settings: TrainingSettings;
  readonly loss: LossName;
  readonly training: Judged;
  readonly validation: Judged;
  /** What the float model reaches on the validation samples. */
  readonly float: Score;
  /** Digest of all that decides over the run. */
  readonly id: string;
}

/** Trains until the epochs are over or the run is ended; leaves the network as it was when it was best. */
export class Trainer {
  private readonly parameters: Parameters;
  private readonly stepsPerEpoch: number;
  private readonly steps: number;
  private readonly batch: number;
  private step = 0;
  private epochsWithoutBetter = 0;
  /** When the last checkpoint was written, or the run began. */
  private savedAt: number;
  private before: Score = { loss: Infinity, accuracy: null };
  private best: { evaluation: TrainingEvaluation; values: Float32Array[]; found: number[][]; ranges: number[] } | null =
    null;
  private ended: TrainingReport["ended"] | null = null;

  constructor(
    private readonly run: Run,
    private readonly control: TrainingControl,
  ) {
    const { settings, training, network } = run;
    this.parameters = new Parameters(network.parts, settings);
    this.savedAt = control.now();
    this.batch = training.reader.fixedBatch ?? Math.min(settings.batch, training.indices.length);
    this.stepsPerEpoch = Math.floor(training.indices.length / this.batch);
    this.steps = settings.epochs * this.stepsPerEpoch;
  }

  /** Lengths of the arrays of a checkpoint of this run. */
  get lengths(): number[] {
    return [...this.parameters.all(true), ...this.parameters.all(false)].map(({ length }) => length);
  }

  /** Goes on from a checkpoint. */
  resume({ step, epochsWithoutBetter, now, best, before, arrays }: Checkpoint): void {
    const current = this.parameters.all(true);
    current.forEach((array, i) => array.set(arrays[i]));
    this.restoreFound(now.found, now.ranges);
    this.step = step;
    this.epochsWithoutBetter = epochsWithoutBetter;
    this.before = before;
    const { evaluation, found, ranges } = best;
    this.best = { evaluation, found, ranges, values: arrays.slice(current.length) };
  }

  /**
   * @throws BitwrightError training-diverged naming step and layer; cancelled where it was told to stop; runtime-failed
   */
  async train(): Promise<Omit<TrainingReport, "deployed" | "wantsNormalization">> {
    await this.control.event?.(this.start());
    if (this.best === null) {
      const first = await this.evaluate();
      this.before = { loss: first.loss, accuracy: first.accuracy };
    }
    let order = new Uint32Array(0);
    let orderOf = -1;
    const meter = new Meter(this.control.now);
    while (this.step < this.steps && this.ended === null) {
      const epoch = Math.floor(this.step / this.stepsPerEpoch);
      if (orderOf !== epoch) {
        order = this.orderOf(epoch);
        orderOf = epoch;
      }
      const at = (this.step % this.stepsPerEpoch) * this.batch;
      const { loss, correct, learningRate } = await this.takeStep(order.subarray(at, at + this.batch));
      this.step++;
      meter.add(loss, correct, this.batch);
      const { step, steps } = this;
      const tells = meter.elapsed() >= EVENT_INTERVAL || step === steps;
      if (tells) {
        await this.control.event?.({ kind: "step", step, steps, epoch: epoch + 1, learningRate, ...meter.take() });
      }
      if (step % this.stepsPerEpoch === 0) await this.endEpoch();
      if (tells) await this.listen();
    }
    const best = this.best!;
    this.parameters.all(false).forEach((array, i) => array.set(best.values[i]));
    this.restoreFound(best.found, best.ranges);
    this.run.network.prepare(false);
    return {
      steps: this.step,
      epochs: Math.floor(this.step / this.stepsPerEpoch),
      loss: this.run.loss,
      ended: this.ended ?? "finished",
      best: best.evaluation,
      float: this.run.float,
      before: this.before,
      trainingSamples: this.run.training.indices.length,
      validationSamples: this.run.validation.indices.length,
    };
  }

  private orderOf(epoch: number): Uint32Array<ArrayBuffer> {
    const { training, settings } = this.run;
    const { indices, reader } = training;
    if ((reader.fixedBatch ?? 1) === 1)
      return shuffledOrder(indices.length, settings.seed, epoch).map((i) => indices[i]);
    // A model that fixes its batch gets samples that stand in a row.
    const batches = shuffledOrder(this.stepsPerEpoch, settings.seed, epoch);
    const order = new Uint32Array(this.stepsPerEpoch * this.batch);
    return order.map((_, i) => indices[batches[Math.floor(i / this.batch)] * this.batch + (i % this.batch)]);
  }

  private async takeStep(indices: Uint32Array) {
    const { network, settings, training } = this.run;
    const { step, steps } = this;
    const learningRate = settings.learningRate * scheduled(settings.schedule, step, steps, settings.warmup);
    network.prepare(true);
    const { loss, correct } = await network.step(
      await training.reader.batch(indices),
      targetBatch(training.targets, indices),
      stepSeed(settings.seed, step),
    );
    if (!Number.isFinite(loss)) throw this.diverged();
    const share = penaltyShare(step, steps);
    for (const weights of network.parts.weights) {
      weights.backward();
      addPenalties(weights, settings, share);
    }
    this.parameters.update(learningRate, step + 1);
    return { loss, correct, learningRate };
  }

  private async endEpoch(): Promise<void> {
    for (const { quantizer, masters } of this.run.network.parts.weights) quantizer?.refit(masters);
    const evaluation = await this.evaluate();
    this.epochsWithoutBetter = evaluation.isBest ? 0 : this.epochsWithoutBetter + 1;
    if (this.epochsWithoutBetter === this.run.settings.patience) this.ended = "early-stop";
    await this.save();
  }

  private start(): TrainingStart {
    const { step, steps, stepsPerEpoch } = this;
    const { float, loss, training, validation } = this.run;
    const [trainingSamples, validationSamples] = [training.indices.length, validation.indices.length];
    return { kind: "start", step, steps, stepsPerEpoch, loss, float, trainingSamples, validationSamples };
  }

  /** Carries out what was said; a checkpoint that this leaves is one between steps. */
  private async listen(): Promise<void> {
    const told = await obey(this.control, this.step, this.run.network.parts.weights, () => this.save());
    if (told === "keep") this.ended ??= "kept";
    else if (this.control.now() - this.savedAt >= CHECKPOINT_INTERVAL) await this.save();
  }

  private async save(): Promise<void> {
    this.savedAt = this.control.now();
    await this.control.checkpoint?.(this.checkpoint());
  }

  /** Scores the codes on the validation samples; keeps the network if it was never better. */
  private async evaluate(): Promise<TrainingEvaluation> {
    const { network, validation } = this.run;
    if (this.parameters.haveDiverged) throw this.diverged();
    network.prepare(false);
    const score = await scoreOn(validation, (samples, target) => network.evaluate(samples, target));
    if (!Number.isFinite(score.loss)) throw this.diverged();
    const isBest = this.best === null || isBetter(score, this.best.evaluation);
    const evaluation: TrainingEvaluation = {
      kind: "evaluation",
      step: this.step,
      steps: this.steps,
      epoch: Math.floor(this.step / this.stepsPerEpoch),
      ...score,
      isBest,
      layers: network.parts.weights.flatMap((weights) =>
        weights.tied.layers.map(({ name }) => ({ name, sqnrDb: weights.noise().sqnr().sqnrDb })),
      ),
    };
    if (isBest)
      this.best = { evaluation, values: this.parameters.all(false).map((array) => array.slice()), ...this.foundNow() };
    await this.control.event?.(evaluation);
    return evaluation;
  }

  private checkpoint(): Uint8Array {
    const { evaluation, values, found, ranges } = this.best!;
    return encodeCheckpoint(
      {
        run: this.run.id,
        step: this.step,
        epochsWithoutBetter: this.epochsWithoutBetter,
        now: this.foundNow(),
        best: {
          evaluation: { ...evaluation, layers: evaluation.layers.map((layer) => ({ ...layer })) },
          found,
          ranges,
        },
        float: this.run.float,
        before: this.before,
        arrays: [...this.parameters.all(true), ...values],
      },
      this.control.sha256,
    );
  }

  private foundNow(): { found: number[][]; ranges: number[] } {
    const { weights, activations } = this.run.network.parts;
    return {
      found: weights.map(({ quantizer }) => [...(quantizer?.found ?? [])]),
      ranges: activations?.ranges.state() ?? [],
    };
  }

  private restoreFound(found: readonly (readonly number[])[], ranges: readonly number[]): void {
    const { weights, activations } = this.run.network.parts;
    weights.forEach(({ quantizer }, i) => quantizer?.restore(found[i]));
    activations?.ranges.restore(ranges);
  }

  private diverged(): BitwrightError {
    const layer = this.parameters.worst();
    return new BitwrightError(
      "training-diverged",
      `the loss is no longer a finite number after step ${this.step} of ${this.steps}`,
      "Lower the learning rate, or limit the gradients with clipNorm",
      layer === undefined ? {} : { layer },
    );
  }
}

/** Adds the gradients of the penalties on one tensor. */
function addPenalties(
  { masters, gradients, quantizer, quantizerGradients }: TrainedWeights,
  { skewness, kurtosis, wantedKurtosis }: TrainingSettings,
  share: number,
): void {
  if (share === 0) return;
  if (skewness > 0 || kurtosis > 0) {
    addMomentPenalty(masters, { skewness, kurtosis, wantedKurtosis }, share, gradients);
  }
  quantizer?.addPenalty?.(masters, share, gradients, quantizerGradients);
}
