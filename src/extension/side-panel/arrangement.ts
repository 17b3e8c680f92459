/** How the side panel arranges layers: asked for, and kept with the workspace. */
import * as vscode from "vscode";
import { Disposable } from "../disposable";
import { LAYERS_FILTERED } from "../identifiers";
import type { Memory } from "../memory";
import { EVERY_LAYER, isFilter, LAYER_ORDERS, type LayerArrangement, type LayerOrder } from "./layer-arrangement";

interface Choice<Value> extends vscode.QuickPickItem {
  readonly value: Value;
}

export class Arrangement extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  /** Filters end with the session: what a window does not show is soon forgotten to be there. */
  private current: LayerArrangement;

  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: Memory) {
    super();
    const order = LAYER_ORDERS.find((known) => known === memory.layerOrder) ?? "graph";
    this.current = { ...EVERY_LAYER, order };
  }

  get value(): LayerArrangement {
    return this.current;
  }

  /** What is listed, in words; undefined where that is everything. */
  get filterText(): string | undefined {
    const { operators, lowOnly } = this.current;
    if (!isFilter(this.current)) return undefined;
    const parts = [...operators, ...(lowOnly ? [vscode.l10n.t("low SQNR")] : [])];
    return vscode.l10n.t("Only layers with: {0}", parts.join(", "));
  }

  async askOrder(): Promise<void> {
    const choices = LAYER_ORDERS.map((value) => ({
      label: orderText(value),
      description: value === this.current.order ? vscode.l10n.t("now") : "",
      value,
    }));
    const chosen = await vscode.window.showQuickPick(choices, { title: vscode.l10n.t("Sort Layers") });
    if (chosen === undefined) return;
    this.change({ ...this.current, order: chosen.value });
    await this.memory.rememberLayerOrder(chosen.value);
  }

  /** @param operators those of the layers that there are */
  async askFilter(operators: readonly string[]): Promise<void> {
    const low: Choice<null> = {
      label: vscode.l10n.t("Low SQNR"),
      detail: vscode.l10n.t("Layers that are marked"),
      picked: this.current.lowOnly,
      value: null,
    };
    const choices: Choice<string | null>[] = [
      low,
      ...operators.map((value) => ({ label: value, picked: this.current.operators.includes(value), value })),
    ];
    const title = vscode.l10n.t("Filter Layers");
    const placeHolder = vscode.l10n.t("Operators and marks; none for all layers");
    const chosen = await vscode.window.showQuickPick(choices, { title, placeHolder, canPickMany: true });
    if (chosen === undefined) return;
    const wanted = chosen.flatMap(({ value }) => value ?? []);
    this.change({ ...this.current, operators: wanted, lowOnly: chosen.some(({ value }) => value === null) });
  }

  clearFilter(): void {
    this.change({ ...this.current, ...EVERY_LAYER });
  }

  private change(arrangement: LayerArrangement): void {
    this.current = arrangement;
    void vscode.commands.executeCommand("setContext", LAYERS_FILTERED, isFilter(arrangement));
    this.changed.fire();
  }
}

function orderText(order: LayerOrder): string {
  switch (order) {
    case "graph":
      return vscode.l10n.t("As in the model");
    case "sqnr":
      return vscode.l10n.t("SQNR, lowest first");
    case "size":
      return vscode.l10n.t("Size in flash, largest first");
  }
}
