/** Carries out what a run is told while it goes on. */
import { BitwrightError } from "../../protocol/errors";
import type { TrainingCommand, TrainingEvent } from "../../protocol/training";
import type { TrainedWeights } from "./trained-weights";
import { histogramOf } from "./weights-histogram";

export interface Obeying {
  readonly event?: (event: TrainingEvent) => void | Promise<void>;
  /** What was said since it was last asked; waits while nothing is said where it is told to. */
  readonly command?: (wait: boolean) => Promise<TrainingCommand | undefined>;
}

/**
 * Carries out all commands that are waiting; once paused, until told to go on.
 * @param save writes a checkpoint: who pauses or stops a run may come back to it much later
 * @returns whether the run is to end, and what was best to be kept
 * @throws BitwrightError cancelled, where it is to end at once
 */
export async function obey(
  { event, command }: Obeying,
  step: number,
  weights: readonly TrainedWeights[],
  save: () => Promise<void>,
): Promise<"go on" | "keep"> {
  let paused = false;
  for (;;) {
    const said = await command?.(paused);
    switch (said?.kind) {
      case undefined:
        if (!paused) return "go on";
        break;
      case "pause":
        paused = true;
        await save();
        await event?.({ kind: "state", state: "paused" });
        break;
      case "resume":
        paused = false;
        await event?.({ kind: "state", state: "running" });
        break;
      case "keep":
        await event?.({ kind: "state", state: "stopping" });
        return "keep";
      case "stop":
        await save();
        throw new BitwrightError("cancelled", "the run was stopped", "Resume it from its checkpoint");
      case "histogram": {
        const shown = histogramOf(said.layer, step, weights);
        if (shown !== null) await event?.(shown);
      }
    }
  }
}
