import { describe, expect, it } from "vitest";
import { ANALYZE_OPTIONS } from "../../../src/cli/analyze";
import { COMPARE_OPTIONS } from "../../../src/cli/compare";
import { COMPARE_EQUALIZATION_OPTIONS } from "../../../src/cli/compare-equalization";
import { GENERATE_OPTIONS } from "../../../src/cli/generate";
import { INSPECT_OPTIONS } from "../../../src/cli/inspect";
import { NEW_OPTIONS } from "../../../src/cli/new";
import { QUANTIZE_OPTIONS } from "../../../src/cli/quantize";
import { RECIPE_OPTIONS } from "../../../src/cli/recipe-options";
import { REPORT_OPTIONS } from "../../../src/cli/report";
import { SUGGEST_OPTIONS } from "../../../src/cli/suggest";
import { TRAIN_OPTIONS } from "../../../src/cli/train";
import { USAGE } from "../../../src/cli/usage";
import { ACTIVATION_SCHEMES } from "../../../src/engine/activations/parameters";
import { RANGE_RULES } from "../../../src/engine/activations/ranges";
import { EMITS, WEIGHT_FILES, WEIGHT_ORDERS } from "../../../src/engine/recipe";
import { PACKINGS } from "../../../src/engine/emit/code-storage";
import { ROUNDING_MODES } from "../../../src/engine/program/arithmetic/fit-requantization";
import { BLOCK_SCALES, CEIL_ALPHAS, PALETTES } from "../../../src/engine/schemes/options";
import { schemeIds } from "../../../src/engine/schemes/registry";
import { ACTIVATIONS } from "../../../src/engine/training/new-networks/builder";
import { NEW_NETWORKS } from "../../../src/engine/training/new-networks/new-network";
import { DEAD_CHANNEL_MODES } from "../../../src/engine/transforms/dead-channels";
import { CLIP_MODES, EQUALIZATION_METHODS } from "../../../src/engine/transforms/equalization";
import { CLIPS, GRANULARITIES, ROUNDINGS } from "../../../src/engine/schemes/scheme";

/** The paragraph of a command or heading, up to the next. */
function section(start: string): string {
  const at = USAGE.indexOf(start);
  expect(at, start).toBeGreaterThanOrEqual(0);
  return USAGE.slice(at).split(/\n\n/, 1)[0] ?? "";
}

const SHARED = ["Model", "Weights", "Activations", "Transforms", "Data"]
  .map((heading) => section(`${heading}\n`))
  .join("");

function words(text: string): Set<string> {
  return new Set(text.split(/[^\w-]+/));
}

describe("usage", () => {
  it.each([
    ["inspect", INSPECT_OPTIONS],
    ["quantize", QUANTIZE_OPTIONS],
    ["analyze", ANALYZE_OPTIONS],
    ["compare", COMPARE_OPTIONS],
    ["compare-equalization", COMPARE_EQUALIZATION_OPTIONS],
    ["suggest", SUGGEST_OPTIONS],
    ["report", REPORT_OPTIONS],
    ["new", NEW_OPTIONS],
    ["generate", GENERATE_OPTIONS],
    ["train", TRAIN_OPTIONS],
  ])("documents every option of %s", (command, options) => {
    const text = section(`  bitwright ${command} `);
    const shared = text.includes("options for model, weights, activations, transforms and data below");
    // Options of outputs are of no use to commands that write none.
    const known = words(
      ["analyze", "compare-equalization", "train"].includes(command) ? text + section("  bitwright quantize ") : text,
    );
    for (const name of Object.keys(options)) {
      const isDocumented = known.has(`--${name}`) || (shared && words(SHARED).has(`--${name}`));
      expect(isDocumented, `--${name} of ${command}`).toBe(true);
    }
  });

  it("documents no option that no command takes", () => {
    const taken = new Set(
      [
        INSPECT_OPTIONS,
        QUANTIZE_OPTIONS,
        ANALYZE_OPTIONS,
        COMPARE_OPTIONS,
        COMPARE_EQUALIZATION_OPTIONS,
        SUGGEST_OPTIONS,
        REPORT_OPTIONS,
        NEW_OPTIONS,
        GENERATE_OPTIONS,
        TRAIN_OPTIONS,
      ]
        .flatMap((options) => Object.keys(options))
        .concat("help", "version"),
    );
    const documented = [...words(USAGE)].filter((word) => word.startsWith("--")).map((word) => word.slice(2));
    expect(documented.filter((name) => !taken.has(name))).toEqual([]);
    expect(Object.keys(RECIPE_OPTIONS).filter((name) => !documented.includes(name))).toEqual([]);
  });

  it("names every choice", () => {
    const known = words(USAGE);
    const choices = [schemeIds(), CLIPS, GRANULARITIES, ROUNDINGS, EMITS, WEIGHT_FILES, WEIGHT_ORDERS, PACKINGS];
    const more = [
      NEW_NETWORKS,
      ACTIVATIONS.map((name) => name.toLowerCase()),
      ROUNDING_MODES,
      EQUALIZATION_METHODS,
      CLIP_MODES,
      DEAD_CHANNEL_MODES,
      BLOCK_SCALES,
      CEIL_ALPHAS,
      PALETTES,
      ACTIVATION_SCHEMES,
      RANGE_RULES,
    ];
    expect([...choices, ...more].flat().filter((choice) => !known.has(choice))).toEqual([]);
  });

  it("fits a terminal of 120 columns", () => {
    expect(USAGE.split("\n").filter((line) => line.length > 120)).toEqual([]);
  });
});
