/**
 * The worker process: one request at a time, each answered by progress messages and one result or error.
 * It ends when its parent does.
 */
import { setImmediate } from "node:timers/promises";
import { parseCandidates } from "../engine/compare/candidates";
import { recipeOf } from "../engine/compare/suggest";
import { parseRecipe } from "../engine/recipe";
import { checkedTrainingSettings } from "../engine/training/settings";
import { BitwrightError } from "../protocol/errors";
import type { JobKind, Jobs, WorkerCommand, WorkerMessage, WorkerRequest } from "../protocol/worker";
import { analyzeModel, compareEqualizationsIn, findData } from "../runtime/analysis-jobs";
import { checkOutputs, compareModel, diagnoseLayer, generate, inspectModel, type Progress } from "../runtime/jobs";
import { writeRecipeFile } from "../runtime/recipe-file";
import { trainOnFiles } from "../runtime/training";
import { CommandQueue } from "./command-queue";

function send(message: WorkerMessage): void {
  process.send?.(message);
}

type Handlers = {
  readonly [Kind in JobKind]: (
    request: Jobs[Kind]["request"],
    progress: Progress,
    id: number,
  ) => Promise<Jobs[Kind]["result"]>;
};

/** What was said to the request that is being carried out. */
let commands = new CommandQueue();

const HANDLERS: Handlers = {
  inspect: ({ modelPath }, progress) => inspectModel(modelPath, progress),
  generate: ({ baseDirectory, recipe }, progress) => generate(baseDirectory, parseRecipe(recipe), progress),
  check: ({ baseDirectory, recipe }, progress) => checkOutputs(baseDirectory, parseRecipe(recipe), progress),
  compare: ({ modelPath, schemes }, progress) => compareModel(modelPath, parseCandidates(schemes), progress),
  diagnose: ({ modelPath, layer, weights }, progress) => diagnoseLayer(modelPath, layer, weights, progress),
  analyze: ({ baseDirectory, recipe, sensitivity }, progress) =>
    analyzeModel(baseDirectory, parseRecipe(recipe), sensitivity, progress),
  compareEqualizations: ({ baseDirectory, recipe }, progress) =>
    compareEqualizationsIn(baseDirectory, parseRecipe(recipe), progress),
  train: ({ recipe, settings, checkpoint, ...request }, _, id) =>
    trainOnFiles(
      {
        ...request,
        recipe: parseRecipe(recipe),
        settings: checkedTrainingSettings(settings),
        targets: undefined,
        validation: undefined,
        checkpoint,
      },
      {
        event: async (event) => {
          send({ kind: "training", id, event });
          await setImmediate(); // as for progress
        },
        command: (wait) => commands.take(wait),
      },
    ),
  findData: ({ folder, modelPath }, progress) => findData(folder, modelPath, progress),
  addRecipe: ({ file, modelPath, comparison, choice }) =>
    Promise.resolve(
      writeRecipeFile(file, modelPath, (model, directory) => recipeOf(comparison, new Map(choice), model, directory)),
    ),
};

async function answer<Kind extends JobKind>({ id, kind, request }: WorkerRequest<Kind>): Promise<void> {
  const progress: Progress = async (step, share) => {
    send({ kind: "progress", id, step, share });
    await setImmediate(); // lets the message out, and the end of the parent in
  };
  commands = new CommandQueue();
  try {
    send({ kind: "result", id, job: kind, result: await HANDLERS[kind](request, progress, id) });
  } catch (thrown) {
    const error = BitwrightError.from(thrown);
    if (error.code === "internal") console.error(error.stack);
    send({ kind: "error", id, error: error.toJSON() });
  }
}

process.on("message", (message: WorkerRequest | WorkerCommand) => {
  if (message.kind === "command") commands.put(message.command);
  else void answer(message);
});
process.on("disconnect", () => process.exit());
send({ kind: "ready" });
