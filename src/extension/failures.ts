/** How a failure reaches the user: one sentence with its code, and the rest in the log. */
import * as vscode from "vscode";
import { BitwrightError } from "../protocol/errors";
import { notificationText } from "./notification-text";

/** Shows what work fails with, where nobody waits for it. */
export async function guard(work: Promise<void>, log: vscode.LogOutputChannel): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    await showFailure(thrown, log);
  }
}

/** Logs the failure with its stack and shows it without; a cancelled job is not a failure. */
export async function showFailure(thrown: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const error = BitwrightError.from(thrown);
  if (error.code === "cancelled") return;
  log.error(error.stack ?? error.message);
  const showLog = vscode.l10n.t("Show Log");
  const message = notificationText(`${error.message} (${error.code})`);
  if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) log.show();
}
