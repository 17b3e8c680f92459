/** The network in integers: what it takes, RAM over time, and every operation in numbers. */
import * as l10n from "@vscode/l10n";
import type { InferenceReport } from "../../../src/protocol/inference";
import { element } from "../../shared/dom";
import { factList } from "../../shared/facts";
import { bytesText, countText } from "../../shared/format";
import { SortableTable } from "../../shared/sortable-table";
import type { Theme } from "../../shared/theme";
import { MemoryChart } from "./memory-chart";
import { OPERATION_COLUMNS, operationRows, type OperationRow } from "./operation-table";
import { equalitySentence } from "./sentences";

export class InferenceView {
  readonly memory: MemoryChart;
  readonly element = element("section", {
    class: "inference",
    attributes: { "aria-label": l10n.t("Network in integers") },
  });
  private table: SortableTable<OperationRow> | undefined;

  constructor(theme: Theme) {
    this.memory = new MemoryChart(theme, (operation) => {
      this.select(operation);
    });
  }

  show(inference: InferenceReport): void {
    const rows = operationRows(inference);
    this.table = new SortableTable<OperationRow>({
      caption: l10n.t("Operations: {0}", countText(rows.length)),
      columns: OPERATION_COLUMNS,
      rows,
      nameColumn: "name",
      framed: true,
      onSelect: (operation) => {
        this.select(operation);
      },
    });
    this.element.replaceChildren(
      element("h2", { text: l10n.t("In integers") }),
      factsOf(inference),
      this.memory.element,
      this.table.element,
    );
    this.memory.show(inference);
  }

  setTheme(theme: Theme): void {
    this.memory.setTheme(theme);
  }

  private select(operation: number): void {
    this.memory.select(operation);
    this.table?.select(operation);
  }
}

function factsOf(inference: InferenceReport): HTMLElement {
  const { arenaBytes, optimumBytes, scratchBytes, stackBytes, flashBytes, macs } = inference;
  const possible =
    arenaBytes === optimumBytes
      ? l10n.t("the least possible")
      : l10n.t("{0} would be the least", bytesText(optimumBytes));
  return factList([
    { label: l10n.t("RAM"), value: bytesText(arenaBytes + scratchBytes), note: possible, definition: "arena" },
    {
      label: l10n.t("Stack"),
      value: l10n.t("at most {0}", bytesText(stackBytes)),
      note: l10n.t("on Cortex-M, gcc -O2"),
      definition: "stack",
    },
    {
      label: l10n.t("Constants"),
      value: bytesText(flashBytes),
      note: l10n.t("of flash, without code"),
      definition: "constants",
    },
    { label: l10n.t("Multiply-accumulates"), value: countText(macs), note: l10n.t("a run"), definition: "macs" },
    {
      label: l10n.t("Equal to ONNX Runtime"),
      value: equalitySentence(inference),
      definition: "equality",
    },
  ]);
}
