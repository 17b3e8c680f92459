/** The course of a training run, kept as it comes in. Knows nothing of VS Code. */
import type {
  TrainingEvaluation,
  TrainingHistogram,
  TrainingScore,
  TrainingStart,
  TrainingStep,
} from "../../protocol/training";
import type { EvaluationPoint, StepPoint, TrainedLayer, TrainingHistory } from "../../protocol/training-page";

/** More points than a chart is wide in pixels say no more. */
const MAX_POINTS = 1000;

/** Weight of the newest rate in the mean that the time left is estimated from. */
const NEWEST = 0.2;

export class RunHistory implements TrainingHistory {
  start: TrainingStart | null = null;
  steps: readonly StepPoint[] = [];
  evaluations: readonly EvaluationPoint[] = [];
  layers: readonly TrainedLayer[] = [];
  lastStep: TrainingStep | null = null;
  histogram: TrainingHistogram | null = null;
  private rate: number | null = null;

  /** @param known of the same run, before it was interrupted */
  constructor(known?: TrainingHistory) {
    if (known === undefined) return;
    ({ steps: this.steps, evaluations: this.evaluations, layers: this.layers, start: this.start } = known);
  }

  /** A run that goes on from a checkpoint takes steps again that were taken after it. */
  begin(start: TrainingStart): void {
    this.start = start;
    this.lastStep = null;
    this.rate = null;
    this.steps = this.steps.filter(({ step }) => step <= start.step);
    this.evaluations = this.evaluations.filter(({ step }) => step <= start.step);
  }

  addStep(step: TrainingStep): void {
    this.lastStep = step;
    this.rate = this.rate === null ? step.stepsPerSecond : mixed(this.rate, step.stepsPerSecond);
    this.steps = thinned([...this.steps, { step: step.step, loss: step.loss, accuracy: step.accuracy }]);
  }

  addEvaluation({ step, epoch, loss, accuracy, isBest, layers }: TrainingEvaluation): void {
    const first = new Map(this.layers.map((layer) => [layer.name, layer.before]));
    this.layers = layers.map(({ name, sqnrDb }) => ({ name, before: firstOf(first, name, sqnrDb), now: sqnrDb }));
    this.evaluations = thinned(
      [...this.evaluations, { step, epoch, loss, accuracy, isBest }],
      (evaluation) => evaluation.isBest,
    );
  }

  /** By the rate of late, without evaluations; null before there is a rate. */
  get secondsLeft(): number | null {
    if (this.lastStep === null || this.rate === null || this.rate === 0) return null;
    return (this.lastStep.steps - this.lastStep.step) / this.rate;
  }

  /** The last evaluation that was better than all before. */
  get best(): TrainingScore | undefined {
    return this.evaluations.findLast(({ isBest }) => isBest);
  }
}

function mixed(old: number, newest: number): number {
  return old + NEWEST * (newest - old);
}

/** What an exact layer had first is null, which is not the same as nothing. */
function firstOf(first: ReadonlyMap<string, number | null>, name: string, now: number | null): number | null {
  const known = first.get(name);
  return known === undefined ? now : known;
}

/** Every other point of a list that became too long; the first, the last and the best stay. */
function thinned<Point extends object>(
  points: readonly Point[],
  isBest: (point: Point) => boolean = () => false,
): readonly Point[] {
  if (points.length <= MAX_POINTS) return points;
  const kept = new Set([points.length - 1, points.findLastIndex(isBest)]);
  return points.filter((_, index) => index % 2 === 0 || kept.has(index));
}
