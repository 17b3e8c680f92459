/** Watches the folders of a set of files: exporters replace files, which ends the watching of a file but not of its folder. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import * as vscode from "vscode";
import { Disposable } from "../disposable";

const FILES_IN_FOLDER = "*";
const ALL_BELOW = "**";

export class InputWatchers extends Disposable {
  private readonly watchers = new Map<string, vscode.Disposable>();

  /** @param touched called with the absolute path of every file that is written, created or deleted in a watched folder */
  constructor(private readonly touched: (path: string) => void) {
    super();
  }

  /** Watches these in place of those before. @param paths absolute, of files and folders */
  watch(paths: readonly string[]): void {
    const wanted = new Map<string, vscode.RelativePattern>();
    for (const path of paths) {
      const [folder, pattern] = isFolder(path) ? [path, ALL_BELOW] : [dirname(path), FILES_IN_FOLDER];
      wanted.set(`${pattern} ${folder}`, new vscode.RelativePattern(vscode.Uri.file(folder), pattern));
    }
    for (const [key, watcher] of this.watchers) {
      if (wanted.has(key)) continue;
      watcher.dispose();
      this.watchers.delete(key);
    }
    for (const [key, pattern] of wanted) if (!this.watchers.has(key)) this.watchers.set(key, this.watcher(pattern));
  }

  override dispose(): void {
    for (const watcher of this.watchers.values()) watcher.dispose();
    this.watchers.clear();
    super.dispose();
  }

  private watcher(pattern: vscode.RelativePattern): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const touched = ({ fsPath }: vscode.Uri): void => {
      this.touched(fsPath);
    };
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(touched),
      watcher.onDidCreate(touched),
      watcher.onDidDelete(touched),
    );
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
