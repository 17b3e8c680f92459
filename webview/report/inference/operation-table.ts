/** The operations of a network in integers, in numbers. */
import * as l10n from "@vscode/l10n";
import type { InferenceReport, OperationReport } from "../../../src/protocol/inference";
import { bytesText, countText, nameText, shapeText } from "../../shared/format";
import type { Column } from "../../shared/sortable-table";
import { agreementCell, agreementSentence } from "./sentences";

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
    title: l10n.t("Order in which they run"),
    numeric: true,
    text: ({ index }) => countText(index + 1),
    sortKey: ({ index }) => index,
  },
  {
    id: "name",
    label: l10n.t("Operation"),
    text: ({ operation }) => nameText(operation.node),
    sortKey: ({ operation }) => operation.node,
  },
  {
    id: "op",
    label: l10n.t("Operator"),
    text: ({ operation }) => nameText(operation.operator),
    sortKey: ({ operation }) => operation.operator,
  },
  {
    id: "shape",
    label: l10n.t("Output"),
    title: l10n.t("As it is stored: channels last for feature maps"),
    text: ({ operation }) => shapeText(operation.shape),
    sortKey: ({ operation }) => operation.shape.reduce((product, size) => product * size, 1),
  },
  {
    id: "macs",
    label: l10n.t("MACs"),
    numeric: true,
    definition: "macs",
    text: ({ operation }) => countText(operation.macs),
    sortKey: ({ operation }) => operation.macs,
  },
  {
    id: "flash",
    label: l10n.t("Flash"),
    numeric: true,
    definition: "constants",
    text: ({ operation }) => bytesText(operation.flashBytes),
    sortKey: ({ operation }) => operation.flashBytes,
  },
  {
    id: "live",
    label: l10n.t("RAM"),
    numeric: true,
    definition: "arena",
    text: ({ operation }) => bytesText(operation.liveBytes),
    sortKey: ({ operation }) => operation.liveBytes,
  },
  {
    id: "agreement",
    label: l10n.t("ONNX Runtime"),
    definition: "equality",
    text: ({ operation }) => agreementCell(operation.agreement),
    sortKey: ({ operation }) => operation.agreement.difference ?? Infinity,
    decorate: (cell, { operation }) => {
      cell.title = agreementSentence(operation.agreement);
    },
  },
];
