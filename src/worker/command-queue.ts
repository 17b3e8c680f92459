/** Commands to a job that is under way, kept until it asks for them. */
import type { TrainingCommand } from "../protocol/training";

export class CommandQueue {
  private readonly commands: TrainingCommand[] = [];
  private waiting: ((command: TrainingCommand) => void) | undefined;

  put(command: TrainingCommand): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.commands.push(command);
    else waiting(command);
  }

  /** The next command; undefined where there is none, unless the caller waits for one. */
  take(wait: boolean): Promise<TrainingCommand | undefined> {
    const next = this.commands.shift();
    if (next !== undefined || !wait) return Promise.resolve(next);
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }
}
