/** The network in integers: what it takes, RAM over time, and every operation in numbers. */
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
  readonly element = element("section", { class: "inference", attributes: { "aria-label": "Network in integers" } });
  private table: SortableTable<OperationRow> | undefined;

  constructor(theme: Theme) {
    this.memory = new MemoryChart(theme, (operation) => {
      this.select(operation);
    });
  }

  show(inference: InferenceReport): void {
    const rows = operationRows(inference);
    this.table = new SortableTable<OperationRow>({
      caption: `Operations: ${countText(rows.length)}`,
      columns: OPERATION_COLUMNS,
      rows,
      nameColumn: "name",
      framed: true,
      onSelect: (operation) => {
        this.select(operation);
      },
    });
    this.element.replaceChildren(
      element("h2", { text: "In integers" }),
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
  const possible = arenaBytes === optimumBytes ? "the least possible" : `${bytesText(optimumBytes)} would be the least`;
  return factList([
    { label: "RAM", value: bytesText(arenaBytes + scratchBytes), note: possible, definition: "arena" },
    { label: "Stack", value: `at most ${bytesText(stackBytes)}`, note: "on Cortex-M, gcc -O2", definition: "stack" },
    { label: "Constants", value: bytesText(flashBytes), note: "of flash, without code", definition: "constants" },
    { label: "Multiply-accumulates", value: countText(macs), note: "a run", definition: "macs" },
    {
      label: "Equal to ONNX Runtime",
      value: equalitySentence(inference),
      definition: "equality",
    },
  ]);
}
