import * as vscode from "vscode";
import type { JobKind, Jobs } from "../protocol/worker";
import type { JobOptions } from "../worker/client";
import type { LazyWorker } from "./lazy-worker";
import { notificationText } from "./notification-text";

/**
 * Carries out a worker job under a notification that shows its progress and can cancel it.
 * @throws BitwrightError what the job throws; cancelled
 */
export function runWithProgress<Kind extends JobKind>(
  worker: LazyWorker,
  title: string,
  kind: Kind,
  request: Jobs[Kind]["request"],
): Promise<Jobs[Kind]["result"]> {
  return withProgress(title, (options) => worker.run(kind, request, options));
}

/** How a job under a notification is cancelled, and tells how far it is. */
export type RunningJob = {
  readonly [Option in "signal" | "progress"]-?: NonNullable<JobOptions[Option]>;
};

/**
 * Shows a notification while work is under way, with its progress and a button that cancels it.
 * @throws what the work throws
 */
export function withProgress<T>(title: string, work: (options: RunningJob) => Promise<T>): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: notificationText(title) };
  const run = async (
    progress: vscode.Progress<{ message: string; increment: number }>,
    token: vscode.CancellationToken,
  ): Promise<T> => {
    const controller = new AbortController();
    const listening = token.onCancellationRequested(() => {
      controller.abort();
    });
    let done = 0;
    try {
      return await work({
        signal: controller.signal,
        progress: (step, share) => {
          progress.report({ message: step, increment: 100 * Math.max(0, share - done) });
          done = Math.max(done, share);
        },
      });
    } finally {
      listening.dispose();
    }
  };
  return Promise.resolve(vscode.window.withProgress(options, run));
}
