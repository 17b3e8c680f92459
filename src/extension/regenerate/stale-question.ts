/** Asks, where the setting says so, whether recipes whose files are stale are to run. */
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import { CONFIGURATION, REGENERATE_ON_SAVE } from "../identifiers";
import { notificationText } from "../notification-text";
import type { RegenerateMode } from "./recipe-state";
import type { RecipeStatus } from "./regenerator";

/** Recipes of one model go stale one after the other. */
const GATHER_MS = 300;

export class StaleQuestion implements vscode.Disposable {
  /** Recipes that were asked about since they went stale. */
  private readonly asked = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private isOpen = false;

  /** @param run runs what is stale when the answer comes */
  constructor(
    private readonly stale: () => readonly RecipeStatus[],
    private readonly mode: (file: string) => RegenerateMode,
    private readonly run: () => void,
  ) {}

  /** To be called whenever states changed. */
  update(): void {
    const ids = new Set(this.stale().map(({ target }) => target.id));
    for (const id of this.asked) if (!ids.has(id)) this.asked.delete(id);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), GATHER_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    const targets = this.stale()
      .map(({ target }) => target)
      .filter(({ file, id }) => this.mode(file) === "ask" && !this.asked.has(id));
    if (this.isOpen || targets.length === 0) return;
    for (const { id } of targets) this.asked.add(id);
    const names = [...new Set(targets.map(({ model }) => shownName(vscode.workspace.asRelativePath(model))))].join(
      ", ",
    );
    const question =
      targets.length === 1
        ? vscode.l10n.t("The C files of {0} are stale. Write them anew?", names)
        : vscode.l10n.t("The C files of {0} are stale. Run {1} recipes?", names, targets.length);
    const once = vscode.l10n.t("Regenerate");
    const always = vscode.l10n.t("Always");
    this.isOpen = true;
    const answer = await vscode.window.showInformationMessage(notificationText(question), once, always);
    this.isOpen = false;
    if (answer === always) await runAlways(targets.map(({ file }) => file));
    if (answer !== undefined) this.run();
  }
}

/** Folders of a workspace have settings of their own, which win over those of the workspace. */
async function runAlways(files: readonly string[]): Promise<void> {
  const folders = files.map((file) => vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file)));
  for (const folder of new Set(folders)) {
    await vscode.workspace.getConfiguration(CONFIGURATION, folder).update(REGENERATE_ON_SAVE, "always");
  }
}
