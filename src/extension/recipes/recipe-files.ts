/** The recipe files of the workspace. */
import * as vscode from "vscode";
import { Disposable } from "../disposable";
import { RECIPE_FILE } from "../identifiers";

export const EVERYWHERE = `**/${RECIPE_FILE}`;
const NOT_IN = "**/node_modules/**";

/** More of them are a mistake, or an attack on the window. */
const MAX_FILES = 500;

export function isRecipeFile(uri: vscode.Uri): boolean {
  return uri.scheme === "file" && uri.path.endsWith(`/${RECIPE_FILE}`);
}

export class RecipeFiles extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<vscode.Uri>());

  private readonly left = this.own(new vscode.EventEmitter<vscode.Uri>());

  /** One was saved, created or deleted, or came into the workspace with its folder. */
  readonly onDidChange = this.changed.event;
  /** A file or folder was deleted, or a folder left the workspace: with it the recipe files in it. */
  readonly onDidLeave = this.left.event;

  constructor() {
    super();
    const watcher = this.own(vscode.workspace.createFileSystemWatcher(EVERYWHERE));
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) {
      this.own(
        event((uri) => {
          if (isRecipeFile(uri) && !uri.path.includes("/node_modules/")) this.changed.fire(uri);
        }),
      );
    }
    // Of a folder that is deleted, its own deletion is all that is told.
    const deletions = this.own(vscode.workspace.createFileSystemWatcher("**", true, true, false));
    this.own(
      deletions.onDidDelete((uri) => {
        this.left.fire(uri);
      }),
    );
    this.own(
      vscode.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        void this.find().then((uris) => {
          const isIn = (folders: readonly vscode.WorkspaceFolder[], uri: vscode.Uri): boolean =>
            folders.some((folder) => uri.path.startsWith(`${folder.uri.path}/`));
          for (const uri of uris) if (isIn(added, uri)) this.changed.fire(uri);
          for (const folder of removed) this.left.fire(folder.uri);
        });
      }),
    );
  }

  /** All that there are now. */
  async find(): Promise<vscode.Uri[]> {
    const uris = await vscode.workspace.findFiles(EVERYWHERE, NOT_IN, MAX_FILES);
    return uris.filter(isRecipeFile);
  }
}
