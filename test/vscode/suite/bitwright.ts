/** What the tests in the extension host share. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import type { BitwrightApi } from "../../../src/extension/api";
import type { CommandId } from "../../../src/extension/identifiers";
import type { Answers } from "../../../src/extension/quantize/answers";
import type { Report } from "../../../src/protocol/report";

export const EXTENSION = "bitwright.bitwright";
const WAIT_MS = 60_000;
const POLL_MS = 20;

const QUANTIZE: CommandId = "bitwright.quantizeModel";

export async function activate(): Promise<BitwrightApi> {
  const extension = vscode.extensions.getExtension<BitwrightApi>(EXTENSION);
  assert.ok(extension, `${EXTENSION} is not installed`);
  return extension.activate();
}

/** A file of the workspace that the tests run in. */
export function workspaceFile(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, "no workspace folder is open");
  return vscode.Uri.joinPath(folder.uri, path);
}

/** Asks until there is an answer. @param what is waited for, as it stands when the wait has been in vain */
export async function until<Answer>(what: string | (() => string), ask: () => Answer | undefined): Promise<Answer> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const answer = ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= end) assert.fail(`waited in vain for ${typeof what === "string" ? what : what()}`);
    await sleep(POLL_MS);
  }
}

export function reportOf(api: BitwrightApi, model: string): Promise<Report> {
  return until(`the report of ${model}`, () => {
    const report = api.currentReport();
    return report?.model.name === model ? report : undefined;
  });
}

/** Runs the command and closes whatever it says, which it would otherwise wait for. */
export async function quantize(model: vscode.Uri, answers: Answers): Promise<void> {
  let running = true;
  const command = Promise.resolve(vscode.commands.executeCommand(QUANTIZE, model, answers)).finally(() => {
    running = false;
  });
  const closeNotifications = async (): Promise<void> => {
    while (running) {
      await vscode.commands.executeCommand("notifications.clearAll");
      await sleep(POLL_MS);
    }
  };
  await Promise.all([command, closeNotifications()]);
}

/** Names of the entries of a folder of the workspace, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(workspaceFile(folder));
  return entries.map(([name]) => name).sort();
}

export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(workspaceFile(path)));
}
