/** A report in the workspace's own storage. */
import * as vscode from "vscode";
import type { ModelView } from "./current-model";
import { KeptFile } from "./kept-file";
import type { KeptReport } from "./kept-report";
import type { StoredReport } from "./stored-report";

export class KeptReportFile {
  private readonly file: KeptFile<StoredReport>;

  /** @param folder undefined without a workspace: nothing is kept */
  constructor(folder: vscode.Uri | undefined, name: string, log: vscode.LogOutputChannel) {
    const loadSchema = async () => (await import("./stored-report")).storedReportSchema;
    this.file = new KeptFile(folder, name, log, loadSchema);
  }

  /** @returns whether it is kept */
  write(view: ModelView): Promise<boolean> {
    return this.file.write(storedReport(view));
  }

  /** Undefined where there is none or another version kept it. */
  async read(): Promise<KeptReport | undefined> {
    const [stored, keptAt] = await Promise.all([this.file.read(), this.file.writtenAt()]);
    if (stored === undefined || keptAt === undefined) return undefined;
    return { view: { uri: vscode.Uri.parse(stored.model), report: stored.report, files: stored.files }, keptAt };
  }

  /** Whether it is this very report. */
  async holds(view: ModelView): Promise<boolean> {
    const stored = await this.file.read();
    return stored !== undefined && JSON.stringify(stored) === JSON.stringify(storedReport(view));
  }
}

function storedReport({ uri, files, report }: ModelView): StoredReport {
  return { model: uri.toString(), files: [...files], report };
}
