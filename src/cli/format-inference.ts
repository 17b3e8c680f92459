/** What terminals show of a network in integers. */
import { agreementCell, agreementText } from "../protocol/agreement";
import { shownName } from "../protocol/errors";
import type { InferenceReport } from "../protocol/inference";
import { formatTable } from "./table";

/** Memory and work of every operation, their totals, and which are not proved equal to ONNX Runtime; nothing without C. */
export function formatInference(inference: InferenceReport | null): string[] {
  if (inference === null) return [];
  const { operations, arenaBytes, optimumBytes, scratchBytes, stackBytes, flashBytes, macs } = inference;
  const rows = operations.map(({ node, operator, shape, agreement, ...costs }) => [
    shownName(node),
    shownName(operator),
    shape.join("×"),
    agreementCell(agreement),
    ...[costs.macs, costs.flashBytes, costs.liveBytes].map(number),
  ]);
  const unproved = operations.filter(({ agreement }) => agreement.difference !== 0);
  const optimum = arenaBytes === optimumBytes ? "the least possible" : `at least ${number(optimumBytes)} are needed`;
  const scratch = scratchBytes === 0 ? "" : `, ${number(scratchBytes)} of scratch memory`;
  return [
    "",
    formatTable(["operation", "operator", "output", "ONNX Runtime", "MACs", "flash", "RAM"], rows, 4),
    "",
    `In integers: ${number(arenaBytes)} bytes of RAM (${optimum})${scratch}, at most ${number(stackBytes)} of stack,`,
    `${number(flashBytes)} of constants, ${number(macs)} multiply-accumulates a run`,
    unproved.length === 0
      ? "Every operation is proved equal to ONNX Runtime."
      : `${operations.length - unproved.length} of ${operations.length} operations are proved equal to ONNX Runtime; not so:`,
    ...unproved.map(({ node, agreement }) => `  ${shownName(node)}: ${agreementText(agreement)}`),
  ];
}

function number(count: number): string {
  return count.toLocaleString("en");
}
