/** Means over the steps since it was last read. */
export class Meter {
  private start: number;
  private steps = 0;
  private loss = 0;
  private correct: number | null = 0;
  private samples = 0;

  /** @param now milliseconds from some point in time */
  constructor(private readonly now: () => number) {
    this.start = now();
  }

  /** @param correct samples with the right class; null where there are no classes */
  add(loss: number, correct: number | null, samples: number): void {
    this.steps++;
    this.loss += loss;
    this.correct = this.correct === null || correct === null ? null : this.correct + correct;
    this.samples += samples;
  }

  elapsed(): number {
    return this.now() - this.start;
  }

  take(): { loss: number; accuracy: number | null; stepsPerSecond: number } {
    const figures = {
      loss: this.loss / this.steps,
      accuracy: this.correct === null ? null : this.correct / this.samples,
      stepsPerSecond: (1000 * this.steps) / Math.max(this.elapsed(), 1),
    };
    this.start = this.now();
    this.steps = this.loss = this.samples = 0;
    this.correct = 0;
    return figures;
  }
}
