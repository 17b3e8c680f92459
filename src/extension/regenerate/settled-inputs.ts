/** Waits until files that were touched are written, and looks at their bytes then. */
import type { InputDigests, InputSnapshot } from "../../runtime/input-files";

/** Files that stay as they are for so long are taken as written. */
export const SETTLE_MS = 100;

/** A file that is missing or empty for longer stays so: exporters delete the old one before they write the new one. */
export const PATIENCE_MS = 2_000;

export interface SettledInputsServices {
  snapshot(paths: readonly string[]): Promise<InputSnapshot>;
  digests(paths: readonly string[]): Promise<InputDigests>;
}

export class SettledInputs {
  private timer: NodeJS.Timeout | undefined;
  /** The last glance at the files. */
  private seen: Promise<InputSnapshot> | undefined;
  private touchedAt: number | undefined;
  /** Counts touches, so that a look that something overtook is given up. */
  private turn = 0;

  /**
   * @param inputs absolute paths of the files that are waited for
   * @param paths absolute, of all files there are to look at then
   * @param settled takes the digests of all of them
   */
  constructor(
    private readonly services: SettledInputsServices,
    private readonly inputs: () => readonly string[],
    private readonly paths: () => readonly string[],
    private readonly settled: (digests: InputDigests) => void,
  ) {}

  /** Whether files were touched that did not settle yet. */
  get isPending(): boolean {
    return this.touchedAt !== undefined;
  }

  /** One of the files was written, created or deleted. */
  touch(): void {
    this.turn++;
    this.touchedAt ??= Date.now();
    this.seen = this.services.snapshot(this.inputs());
    this.schedule();
  }

  /** Forgets touches so far. */
  cancel(): void {
    this.turn++;
    this.touchedAt = undefined;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), SETTLE_MS);
  }

  private async look(): Promise<void> {
    const turn = this.turn;
    const before = await this.seen;
    const now = await this.services.snapshot(this.inputs());
    if (turn !== this.turn) return;
    const waited = Date.now() - (this.touchedAt ?? 0);
    if (before?.signature !== now.signature || (!now.isComplete && waited < PATIENCE_MS)) {
      this.seen = Promise.resolve(now);
      this.schedule();
      return;
    }
    const digests = await this.services.digests(this.paths());
    if (turn !== this.turn) return;
    this.touchedAt = undefined;
    this.settled(digests);
  }
}
