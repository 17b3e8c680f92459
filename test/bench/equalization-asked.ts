/** What is asked of equalization and bias correction, beside what was measured. */
import type { Measured, NetworkResult } from "./equalization-measured";
import { ALL_STEPS } from "./equalization-variants";

const SQNR_BELOW_BOUND = 3;
const POWER_OF_TWO_BUDGET = 1;
const TRANSFORM_BUDGET = 1000;
const PASSES_BUDGET = 4;

interface Asked {
  readonly what: string;
  readonly asked: string;
  readonly measured: string;
  readonly met: string;
}

export function rowOf(
  result: NetworkResult,
  what: string,
  biasCorrection: Measured["biasCorrection"],
  scales: Measured["scales"] = "free",
  biasBits: Measured["biasBits"] = 32,
): Measured | undefined {
  return result.rows.find(
    (row) =>
      row.what === what && row.biasCorrection === biasCorrection && row.scales === scales && row.biasBits === biasBits,
  );
}

export function askedTable(results: readonly NetworkResult[]): string {
  const rows = [
    ...results.flatMap(accuracyRows),
    ...results.filter(({ network }) => network.id === "mobilenetv2").map(powerOfTwoRow),
    ...boundRows(results),
    ...results.filter(({ network }) => network.id.startsWith("mobilenet")).map(stepsRow),
    ...results.filter(({ network }) => network.id === "mobilenetv2").flatMap(speedRows),
  ];
  return [
    "Points lost are those of all steps together: dead channels folded, two-step equalization, weights clipped for the least squared error and",
    "empirical bias correction; ± one standard error over the samples: the difference of two networks on the same images is no finer than that.",
    "What is met by less than the error, or missed by less, the data cannot tell.",
    "",
    "| what | asked | measured | met |",
    "|---|---:|---:|---|",
    ...rows.map(({ what, asked, measured, met }) => `| ${what} | ${asked} | ${measured} | ${met} |`),
    "",
  ].join("\n");
}

function accuracyRows(result: NetworkResult): Asked[] {
  const { network } = result;
  const main = rowOf(result, ALL_STEPS, "empirical");
  if (!main?.lost || network.budget === null) {
    const agreement = network.classifies ? `, ${main?.agreement?.toFixed(2) ?? "–"} % agree with float` : "";
    const measured = `output ${main?.outputDb?.toFixed(1) ?? "–"} dB${agreement}`;
    return [{ what: network.title, asked: "no labels", measured, met: "–" }];
  }
  const narrow = rowOf(result, ALL_STEPS, "empirical", "free", 16);
  return [
    lostRow(`${network.title}, points lost`, network.budget, main),
    ...(narrow === undefined ? [] : [lostRow(`${network.title}, biases of 16 bits`, network.budget, narrow)]),
  ];
}

function powerOfTwoRow(result: NetworkResult): Asked {
  const row = rowOf(result, ALL_STEPS, "empirical", "power of two");
  return lostRow(`${result.network.title}, powers of two, points lost`, POWER_OF_TWO_BUDGET, row);
}

function lostRow(what: string, budget: number, row: Measured | undefined): Asked {
  const asked = `≤ ${budget}`;
  if (!row?.lost) return { what, asked, measured: "", met: "–" };
  const { points, error } = row.lost;
  const met = points <= budget ? "yes" : points - error <= budget ? "no, by less than the error" : "no";
  return { what, asked, measured: `${points.toFixed(2)} ± ${error.toFixed(2)}`, met };
}

function boundRows(results: readonly NetworkResult[]): Asked[] {
  const below = results.flatMap((result) => {
    const level = rowOf(result, "two-step", "none")?.layerDb;
    return typeof level !== "number" ? [] : [{ title: result.network.title, decibels: result.boundDb - level }];
  });
  const mean = below.reduce((sum, { decibels }) => sum + decibels, 0) / Math.max(1, below.length);
  const worst = below.toSorted((a, b) => b.decibels - a.decibels).at(0);
  const worstText = worst === undefined ? "" : ` (${worst.decibels.toFixed(1)} dB: ${worst.title})`;
  return [
    {
      what: "SQNR of weights and activations below the optimal bound, mean over all networks (the largest)",
      asked: `≤ ${SQNR_BELOW_BOUND} dB`,
      measured: `${mean.toFixed(1)} dB${worstText}`,
      met: mean <= SQNR_BELOW_BOUND ? "yes" : "no",
    },
  ];
}

function stepsRow(result: NetworkResult): Asked {
  const [one, two] = (["one-step", "two-step"] as const).map((what) => rowOf(result, what, "none"));
  const shown = (row: Measured | undefined) =>
    `${row?.lost?.points.toFixed(2) ?? "–"} points, ${row?.outputDb?.toFixed(1) ?? "–"} dB`;
  const isNoWorse = (two?.lost?.points ?? Infinity) <= (one?.lost?.points ?? -Infinity);
  return {
    what: `${result.network.title}, two steps no worse than one`,
    asked: `one step: ${shown(one)}`,
    measured: `two steps: ${shown(two)}`,
    met: isNoWorse && (two?.outputDb ?? -Infinity) >= (one?.outputDb ?? Infinity) ? "yes" : "no",
  };
}

function speedRows({ network, transformMilliseconds, passesPerTenLayers }: NetworkResult): Asked[] {
  return [
    {
      what: `${network.title}, the transform without runs over the data, powers of two among it`,
      asked: `≤ ${TRANSFORM_BUDGET} ms`,
      measured: `${transformMilliseconds.toFixed(0)} ms`,
      met: transformMilliseconds <= TRANSFORM_BUDGET ? "yes" : "no",
    },
    {
      what: `${network.title}, empirical bias correction, forward passes for ten layers`,
      asked: `≤ ${PASSES_BUDGET}`,
      measured: passesPerTenLayers.toFixed(1),
      met: passesPerTenLayers <= PASSES_BUDGET ? "yes" : "no",
    },
  ];
}
