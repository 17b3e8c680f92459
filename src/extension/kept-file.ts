/** A value that is kept in the workspace's own storage, so that a reloaded window finds it again. */
import * as vscode from "vscode";
import type { ZodType } from "zod";

export class KeptFile<Value> {
  /**
   * @param folder undefined without a workspace: nothing is kept
   * @param loadSchema what is read is checked with it; another version may have written it
   */
  constructor(
    private readonly folder: vscode.Uri | undefined,
    private readonly name: string,
    private readonly log: vscode.LogOutputChannel,
    private readonly loadSchema: () => Promise<ZodType<Value>>,
  ) {}

  /** A failure is logged only, for what is lost is a convenience. @returns whether it is kept */
  async write(value: Value): Promise<boolean> {
    if (this.folder === undefined) return false;
    try {
      await vscode.workspace.fs.createDirectory(this.folder);
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(this.folder, this.name), bytes);
      return true;
    } catch (error) {
      this.log.warn(`${this.name} could not be kept: ${String(error)}`);
      return false;
    }
  }

  /** When the value was written last, in milliseconds since 1970; undefined where there is none. */
  async writtenAt(): Promise<number | undefined> {
    if (this.folder === undefined) return undefined;
    try {
      return (await vscode.workspace.fs.stat(vscode.Uri.joinPath(this.folder, this.name))).mtime;
    } catch {
      return undefined;
    }
  }

  /** Undefined where there is none, or none of this form. */
  async read(): Promise<Value | undefined> {
    if (this.folder === undefined) return undefined;
    try {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.folder, this.name));
      const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
      return (await this.loadSchema()).safeParse(value).data;
    } catch {
      return undefined;
    }
  }
}
