/** Keeps the last quantization of the workspace on disk, so that a reloaded window can show it again. */
import * as vscode from "vscode";
import type { ModelView } from "./current-model";

const FILE = "last-report.json";

export class ReportStore {
  constructor(
    private readonly folder: vscode.Uri | undefined,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Does nothing without a workspace; a failure is logged only, for what is lost is a convenience. */
  async save(view: ModelView): Promise<void> {
    if (this.folder === undefined) return;
    try {
      await vscode.workspace.fs.createDirectory(this.folder);
      const stored = { model: view.uri.toString(), files: view.files, report: view.report };
      await vscode.workspace.fs.writeFile(
        vscode.Uri.joinPath(this.folder, FILE),
        new TextEncoder().encode(JSON.stringify(stored)),
      );
    } catch (error) {
      this.log.warn(`The report could not be kept: ${String(error)}`);
    }
  }

  /** The kept quantization; undefined where there is none or another version wrote it. */
  async load(): Promise<ModelView | undefined> {
    if (this.folder === undefined) return undefined;
    let text: string;
    try {
      text = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.folder, FILE)));
    } catch {
      return undefined;
    }
    const { parseStoredReport } = await import("./stored-report");
    const stored = parseStoredReport(text);
    if (stored === undefined) return undefined;
    return { uri: vscode.Uri.parse(stored.model), report: stored.report, files: stored.files };
  }
}
