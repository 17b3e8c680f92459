/** The process of one training run. */
import type * as vscode from "vscode";
import { LazyWorker } from "../lazy-worker";
import type { TrainingWorker } from "./run";

/** @param extensionUri where the worker's program lies */
export function trainingProcess(extensionUri: vscode.Uri, log: vscode.LogOutputChannel): TrainingWorker {
  const process = new LazyWorker(extensionUri, log);
  return {
    run: process.run.bind(process),
    tell: (command) => void process.tell(command),
    dispose: () => {
      process.dispose();
    },
  };
}
