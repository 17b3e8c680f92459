/** The weights of a model as C: a header and a source file, or one header with static arrays. */
import { BitwrightError } from "../../protocol/errors";
import type { Artifact } from "../artifact";
import { declareArray, defineArray } from "./c-array";
import { codeAssertions } from "./c-codes";
import { decoderHelpers } from "./c-decoders";
import { inlineFunction } from "./c-function";
import { layerArrays, layerDefines, layerFunctions, type NamedLayer } from "./c-layer";
import { banner, modelDefines, overview, placementMacros } from "./c-preamble";
import { staticAssertion, staticAssertMacro, unusedMacro } from "./c-macros";
import { blockComment } from "./comments";
import { CText } from "./c-text";
import type { WeightsEmission } from "./emission";
import { fileBaseName } from "./file-names";
import { toMacroName } from "./identifiers";
import { layerNames, modelIdentifier } from "./layer-names";

const OPEN_EXTERN_C = ["#ifdef __cplusplus", 'extern "C" {', "#endif", ""];
const CLOSE_EXTERN_C = ["#ifdef __cplusplus", "}", "#endif", ""];
const PLACED = "BITWRIGHT_SECTION BITWRIGHT_ALIGN";

/**
 * `<name>_weights.h` and `<name>_weights.c`, or the header alone. Equal emissions give equal bytes.
 *
 * Codes of 8 and 16 bits stand in integers of that width, others are packed (`code-storage.ts`); scales are Q31 multipliers and
 * shifts, half-precision patterns or exponents of two; biases are int32 or int16. What there is one of is a macro. Every layer
 * has a decoder to integers; one that shares another's codes has macros in place of arrays and decoder.
 * @throws BitwrightError internal, where a layer shares the codes of none before it
 */
export function emitWeights(emission: WeightsEmission): Artifact[] {
  const model = modelIdentifier(emission.baseName);
  const layers = namedLayers(emission, model);
  const stem = `${fileBaseName(emission.baseName)}_weights`;
  const header = `${stem}.h`;
  if (emission.files === "header") return [{ path: header, bytes: staticHeader(emission, model, layers) }];
  return [
    { path: `${stem}.c`, bytes: sourceFile(emission, model, header, layers) },
    { path: header, bytes: declaringHeader(emission, model, layers) },
  ];
}

function declaringHeader(emission: WeightsEmission, model: string, layers: readonly NamedLayer[]): Uint8Array {
  const text = new CText();
  openHeader(text, emission, model);
  text.lines("", ...OPEN_EXTERN_C);
  text.lines(...decoderHelpers(model, emission).flatMap(inlineFunction));
  for (const layer of layers) {
    text.lines(...layerDefines(layer, model, emission), "");
    for (const array of layerArrays(layer, emission)) text.lines(...declareArray(array), "");
    text.lines(...layerFunctions(layer, model, emission).flatMap(inlineFunction));
  }
  text.lines(...CLOSE_EXTERN_C, `#endif /* ${guard(model)} */`);
  return text.bytes();
}

function sourceFile(
  emission: WeightsEmission,
  model: string,
  header: string,
  layers: readonly NamedLayer[],
): Uint8Array {
  const text = new CText();
  text.lines(...banner(emission), "", `#include "${header}"`, "", ...staticAssertMacro(), "");
  for (const layer of layers) {
    for (const array of layerArrays(layer, emission)) defineArray(text, array, [PLACED, "const"]);
  }
  text.lines(...assertions(emission, model, layers));
  return text.bytes();
}

function staticHeader(emission: WeightsEmission, model: string, layers: readonly NamedLayer[]): Uint8Array {
  const text = new CText();
  openHeader(text, emission, model);
  text.lines(...unusedMacro(), ...staticAssertMacro(), "", ...OPEN_EXTERN_C);
  text.lines(...decoderHelpers(model, emission).flatMap(inlineFunction));
  for (const layer of layers) {
    text.lines(...layerDefines(layer, model, emission), "");
    for (const array of layerArrays(layer, emission)) {
      defineArray(text, array, [`${PLACED} BITWRIGHT_UNUSED`, "static const"]);
    }
    text.lines(...layerFunctions(layer, model, emission).flatMap(inlineFunction));
  }
  text.lines(...assertions(emission, model, layers), "", ...CLOSE_EXTERN_C, `#endif /* ${guard(model)} */`);
  return text.bytes();
}

function openHeader(text: CText, emission: WeightsEmission, model: string): void {
  text.lines(...banner(emission), "", ...overview(emission, model), "");
  text.lines(`#ifndef ${guard(model)}`, `#define ${guard(model)}`, "", "#include <stdint.h>", "");
  text.lines(...modelDefines(emission, model), "", ...placementMacros());
}

/** Codes against their dimensions, and all arrays against the flash that the header states. */
function assertions(emission: WeightsEmission, model: string, layers: readonly NamedLayer[]): string[] {
  const owners = layers.filter(({ shared }) => shared === null);
  const sizes = layers.flatMap((layer) => layerArrays(layer, emission)).map(({ name }) => `sizeof(${name})`);
  return [
    ...blockComment(["The arrays have the sizes that their dimensions and the stated flash say."]),
    ...owners.flatMap(({ layer, names }) => codeAssertions(layer, names, emission)),
    ...staticAssertion(sizes.length === 0 ? ["0"] : sizes, "+", `${toMacroName(model)}_FLASH_BYTES`),
  ];
}

function guard(model: string): string {
  return `${toMacroName(model)}_WEIGHTS_H`;
}

function namedLayers(emission: WeightsEmission, model: string): NamedLayer[] {
  const names = layerNames(model, emission.layers);
  const owners = new Map<string, NamedLayer["names"]>();
  return emission.layers.map((layer, index) => {
    const own = names[index];
    if (layer.sharedWith === null) {
      owners.set(layer.name, own);
      return { layer, names: own, shared: null };
    }
    const shared = owners.get(layer.sharedWith);
    if (shared === undefined) {
      throw new BitwrightError("internal", "its weights are shared with a layer that does not come before it", "", {
        model: emission.modelName,
        layer: layer.name,
      });
    }
    return { layer, names: own, shared };
  });
}
