/** What a recipe demands of its result: no output is written that does not meet it. */
import { BitwrightError, shownName } from "../protocol/errors";
import type { LayerReport, Report } from "../protocol/report";
import type { Recipe } from "./recipe";

/**
 * Checks the figures of a quantized model against `minSqnrDb` and `maxFlashBytes`.
 * @throws BitwrightError sqnr-too-low naming the worst layer, flash-exceeded
 */
export function checkRequirements(
  { minSqnrDb, maxFlashBytes }: Pick<Recipe, "minSqnrDb" | "maxFlashBytes">,
  layers: readonly LayerReport[],
  totals: Report["totals"],
): void {
  if (minSqnrDb !== undefined) checkSqnr(minSqnrDb, layers);
  if (maxFlashBytes === undefined || totals.bytes <= maxFlashBytes) return;
  throw new BitwrightError(
    "flash-exceeded",
    `weights, scales and biases take ${totals.bytes} bytes of flash, ${totals.bytes - maxFlashBytes} more than allowed`,
    "Give layers fewer bits (bitwright suggest finds which), or raise maxFlashBytes",
    { field: "maxFlashBytes" },
  );
}

function checkSqnr(minimum: number, layers: readonly LayerReport[]): void {
  const below = layers.flatMap(({ name, settings, weights: { sqnrDb } }) =>
    settings !== null && sqnrDb !== null && sqnrDb < minimum ? [{ name, sqnrDb }] : [],
  );
  if (below.length === 0) return;
  const worst = below.reduce((a, b) => (b.sqnrDb < a.sqnrDb ? b : a));
  const others = below.length === 1 ? "" : `, and ${below.length - 1} more lie below ${minimum} dB`;
  throw new BitwrightError(
    "sqnr-too-low",
    `the weights of "${shownName(worst.name)}" keep an SQNR of ${worst.sqnrDb.toFixed(1)} dB${others}`,
    "Give them more bits or another scheme, or lower minSqnrDb",
    { field: "minSqnrDb" },
  );
}
