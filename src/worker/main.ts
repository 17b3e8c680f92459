/**
 * The worker process: one request at a time, each answered by progress messages and one result or error.
 * It ends when its parent does.
 */
import { setImmediate } from "node:timers/promises";
import { parseRecipe } from "../engine/recipe";
import { BitwrightError } from "../protocol/errors";
import type { WorkerMessage, WorkerRequest, WorkerResult } from "../protocol/worker";
import { generate, inspectModel, type Progress } from "../runtime/jobs";

function send(message: WorkerMessage): void {
  process.send?.(message);
}

async function carryOut(request: WorkerRequest): Promise<WorkerResult> {
  const progress: Progress = async (step, share) => {
    send({ kind: "progress", id: request.id, step, share });
    await setImmediate(); // lets the message out, and the end of the parent in
  };
  switch (request.kind) {
    case "inspect":
      return { kind: "inspect", report: await inspectModel(request.modelPath, progress) };
    case "generate":
      return { kind: "generate", ...(await generate(request.baseDirectory, parseRecipe(request.recipe), progress)) };
  }
}

async function answer(request: WorkerRequest): Promise<void> {
  try {
    send({ kind: "result", id: request.id, result: await carryOut(request) });
  } catch (thrown) {
    const error = BitwrightError.from(thrown);
    if (error.code === "internal") console.error(error.stack);
    send({ kind: "error", id: request.id, error: error.toJSON() });
  }
}

process.on("message", (request: WorkerRequest) => void answer(request));
process.on("disconnect", () => process.exit());
send({ kind: "ready" });
