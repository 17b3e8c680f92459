/** Equalizations of one model side by side, with and without bias correction. */
import {
  EQUALIZATION_COMPARISON_VERSION,
  QUANTITIES,
  type EqualizationComparison,
  type EqualizationVariant,
  type LayerRatios,
} from "../../protocol/equalization-comparison";
import type { LayerNoise } from "../../protocol/noise";
import { correctedBiases, measurementNotes, measureModel, measureNoise, withCalibration } from "../measure";
import type { ModelSource } from "../model-source";
import { choicesOf, quantizeAll, refuseNonFinite, withRecipeBiases, type PipelineContext } from "../pipeline";
import { prepare, type PreparedModel } from "../prepare";
import type { Recipe } from "../recipe";
import { EQUALIZATION_METHODS } from "../transforms/equalization";

type Step = NonNullable<PipelineContext["progress"]>;
type Settings = Pick<Recipe, "equalize" | "deadChannels">;

/** One equalization, and what measuring it says of all of them. */
interface MeasuredVariant {
  readonly variant: EqualizationVariant;
  readonly layers: ReadonlyMap<string, LayerNoise>;
  readonly notes: readonly string[];
}

/**
 * Quantizes the model without equalization, with dead channels folded alone, and with every equalization; each without bias
 * correction and with the recipe's, `empirical` where that names none. Dead channels alone are left out where there are none.
 *
 * @param recipe its `equalize` is not read
 * @throws BitwrightError as `runPipeline`; data-missing without calibration data
 */
export async function compareEqualizations(
  source: ModelSource,
  recipe: Recipe,
  context: PipelineContext,
): Promise<EqualizationComparison> {
  const prepared = prepare(source, recipe.inputShapes);
  refuseNonFinite(prepared.layers, choicesOf(prepared, recipe).choose);
  const tried = variantsOf(recipe);
  const measured: MeasuredVariant[] = [];
  for (const [index, [label, settings]] of tried.entries()) {
    const progress: Step = (step) => context.progress?.(`${label}: ${step}`, index / tried.length);
    const found = await measureVariant(prepared, label, { ...recipe, ...settings }, context, progress);
    const changesNothing = settings.equalize === "none" && found.variant.deadChannels === 0 && index > 0;
    if (!changesNothing) measured.push(found);
  }
  const [plain] = measured;
  const compared = prepared.layers.filter(({ name }) => measured.every(({ layers }) => layers.has(name)));
  const variants = measured.map(({ variant, layers }) => {
    const ratios = compared.map(({ name }) => ratiosOf(layers.get(name)!));
    return { ...variant, layers: ratios, mean: meanOf(ratios) };
  });
  const layers = compared.map(({ name, op }) => ({ name, op, boundDb: plain.layers.get(name)!.boundDb }));
  return {
    generator: { name: "bitwright", version: context.generatorVersion },
    version: EQUALIZATION_COMPARISON_VERSION,
    model: { name: source.name, sha256: source.sha256 },
    recipe: { ...recipe },
    layers,
    meanBoundDb: mean(layers.map(({ boundDb }) => boundDb)),
    variants,
    notes: [...plain.notes],
  };
}

function variantsOf({ deadChannels = "fold" }: Recipe): [label: string, settings: Settings][] {
  const alone: [string, Settings][] =
    deadChannels === "fold" ? [["dead channels", { equalize: "none", deadChannels }]] : [];
  return [
    ["none", { equalize: "none", deadChannels: "keep" }],
    ...alone,
    ...EQUALIZATION_METHODS.map((equalize): [string, Settings] => [equalize, { equalize, deadChannels }]),
  ];
}

async function measureVariant(
  prepared: PreparedModel,
  label: string,
  recipe: Recipe,
  { measuring }: PipelineContext,
  progress: Step,
): Promise<MeasuredVariant> {
  const { choose, floatLayers } = choicesOf(prepared, recipe);
  return withCalibration(prepared, recipe, floatLayers, measuring, progress, async (calibrated) => {
    const { emitted } = await quantizeAll(calibrated.prepared, recipe, choose, calibrated, progress);
    const weights = new Map(emitted.map((layer) => [layer.name, layer.quantized]));
    const { prepared: transformed } = calibrated;
    const rounded = (of: PreparedModel) => withRecipeBiases(of, recipe, choose);
    const plain = rounded(transformed);
    const { layers, model } = await measureNoise(
      calibrated,
      weights,
      plain === transformed ? null : plain,
      false,
      progress,
    );
    const method = recipe.biasCorrection === "none" ? "empirical" : recipe.biasCorrection;
    const { corrected } = await correctedBiases(calibrated, weights, method, progress);
    const outcomes: EqualizationVariant["outcomes"] = [
      { biasCorrection: "none", model },
      { biasCorrection: method, model: await measureModel(calibrated, weights, rounded(corrected), progress) },
    ];
    const { transforms } = calibrated;
    const { equalize, equalizeMax, relu6, deadChannels = "keep" } = recipe;
    const variant: EqualizationVariant = {
      label,
      settings: { equalize, equalizeMax, relu6, deadChannels },
      layers: [],
      mean: { weights: null, activations: null, both: null },
      deadChannels: transforms?.deadChannels.layers.reduce((sum, { zeroed }) => sum + zeroed.length, 0) ?? 0,
      left: transforms?.equalization?.left.map((left) => ({ ...left })) ?? [],
      relativeDifference: transforms?.relativeDifference ?? 0,
      outcomes,
    };
    return { variant, layers, notes: measurementNotes({ ...calibrated, transforms: null }) };
  });
}

function ratiosOf({ isolated }: LayerNoise): LayerRatios {
  return { weights: isolated.weightsDb, activations: isolated.activationsDb, both: isolated.bothDb };
}

function meanOf(layers: readonly LayerRatios[]): LayerRatios {
  const [weights, activations, both] = QUANTITIES.map((quantity) => mean(layers.map((ratios) => ratios[quantity])));
  return { weights, activations, both };
}

/** Null where there is nothing to take the mean of. */
function mean(decibels: readonly (number | null)[]): number | null {
  const known = decibels.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
