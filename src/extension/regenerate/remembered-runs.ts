/** What the last successful run of every recipe was made of, kept with the workspace. */
import { createHash } from "node:crypto";
import type * as vscode from "vscode";
import * as z from "zod";
import type { RememberedRun } from "./recipe-state";
import type { RecipeTarget } from "./recipe-target";

const KEY = "recipeRuns";

const digests = z.record(z.string(), z.string());
const runsSchema = z.record(z.string(), z.strictObject({ inputs: digests, outputs: digests }));

export class RememberedRuns {
  private runs: z.infer<typeof runsSchema>;

  constructor(private readonly state: vscode.Memento) {
    this.runs = runsSchema.safeParse(state.get<unknown>(KEY)).data ?? {};
  }

  of(target: RecipeTarget): RememberedRun | undefined {
    const run = Object.entries(this.runs).find(([key]) => key === keyOf(target))?.[1];
    return run && { inputs: new Map(Object.entries(run.inputs)), outputs: new Map(Object.entries(run.outputs)) };
  }

  /** @param known recipes there are now: those of others are forgotten */
  async remember(target: RecipeTarget, run: RememberedRun, known: readonly RecipeTarget[]): Promise<void> {
    const kept = new Set(known.map(keyOf));
    const runs = Object.entries(this.runs).filter(([key]) => kept.has(key));
    const entry = { inputs: Object.fromEntries(run.inputs), outputs: Object.fromEntries(run.outputs) };
    this.runs = Object.fromEntries([...runs, [keyOf(target), entry]]);
    await this.state.update(KEY, this.runs);
  }
}

function keyOf({ id }: RecipeTarget): string {
  return createHash("sha256").update(id).digest("hex");
}
