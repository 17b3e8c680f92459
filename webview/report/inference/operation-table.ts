/** The operations of a network in integers, in numbers. */
import { agreementCell, agreementText } from "../../../src/protocol/agreement";
import type { InferenceReport, OperationReport } from "../../../src/protocol/inference";
import { bytesText, countText, nameText, shapeText } from "../../shared/format";
import type { Column } from "../../shared/sortable-table";

export interface OperationRow {
  readonly index: number;
  readonly operation: OperationReport;
}

export function operationRows({ operations }: InferenceReport): OperationRow[] {
  return operations.map((operation, index) => ({ index, operation }));
}

export const OPERATION_COLUMNS: readonly Column<OperationRow>[] = [
  {
    id: "index",
    label: "#",
    title: "Order in which they run",
    numeric: true,
    text: ({ index }) => countText(index + 1),
    sortKey: ({ index }) => index,
  },
  {
    id: "name",
    label: "Operation",
    text: ({ operation }) => nameText(operation.node),
    sortKey: ({ operation }) => operation.node,
  },
  {
    id: "op",
    label: "Operator",
    text: ({ operation }) => nameText(operation.operator),
    sortKey: ({ operation }) => operation.operator,
  },
  {
    id: "shape",
    label: "Output",
    title: "As it is stored: channels last for feature maps",
    text: ({ operation }) => shapeText(operation.shape),
    sortKey: ({ operation }) => operation.shape.reduce((product, size) => product * size, 1),
  },
  {
    id: "macs",
    label: "MACs",
    numeric: true,
    definition: "macs",
    text: ({ operation }) => countText(operation.macs),
    sortKey: ({ operation }) => operation.macs,
  },
  {
    id: "flash",
    label: "Flash",
    numeric: true,
    definition: "constants",
    text: ({ operation }) => bytesText(operation.flashBytes),
    sortKey: ({ operation }) => operation.flashBytes,
  },
  {
    id: "live",
    label: "RAM",
    numeric: true,
    definition: "arena",
    text: ({ operation }) => bytesText(operation.liveBytes),
    sortKey: ({ operation }) => operation.liveBytes,
  },
  {
    id: "agreement",
    label: "ONNX Runtime",
    definition: "equality",
    text: ({ operation }) => agreementCell(operation.agreement),
    sortKey: ({ operation }) => operation.agreement.difference ?? Infinity,
    decorate: (cell, { operation }) => {
      cell.title = agreementText(operation.agreement);
    },
  },
];
