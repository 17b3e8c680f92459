/** What the view of a network in integers says in words. */
import type { InferenceReport } from "../../../src/protocol/inference";
import { bytesText, countText, nameText } from "../../shared/format";

/** Name of the chart for a screen reader. */
export function memorySentence({ operations, arenaBytes, optimumBytes }: InferenceReport): string {
  const most = operations.reduce((best, { liveBytes }, at) => (liveBytes > operations[best].liveBytes ? at : best), 0);
  const peak =
    operations.length === 0
      ? ""
      : ` The most, ${bytesText(optimumBytes)}, live at ${nameText(operations[most].node)}, operation ${countText(most + 1)}.`;
  return `Bar chart of the bytes that live at each of ${countText(operations.length)} operations, in an arena of ${bytesText(arenaBytes)}.${peak} The arrow keys select an operation; the table below has all numbers.`;
}

/** How many operations are proved equal to ONNX Runtime. */
export function equalitySentence({ operations }: InferenceReport): string {
  const proved = operations.filter(({ agreement }) => agreement.difference === 0).length;
  return proved === operations.length
    ? `all ${countText(proved)} operations proved`
    : `${countText(proved)} of ${countText(operations.length)} operations proved`;
}
