/** Layers in the text of generated C. Knows nothing of VS Code. */
import type { LayerNames } from "../../engine/emit/layer-names";
import { sectionOpening } from "../../engine/emit/report-names";

/** Offsets count UTF-16 code units. */
export interface TextRange {
  readonly offset: number;
  readonly length: number;
}

/** An array that a file declares or defines. */
export interface DeclaredArray extends TextRange {
  readonly name: string;
}

/** Characters of the largest file whose arrays are looked for while somebody reads it. */
export const MAX_READ_LENGTH = 4_000_000;

/** Nothing of a number or a comment begins so: of large arrays only the first characters of each line are looked at. */
const DECLARATION = /^(?:[A-Za-z_]\w* +){2,6}([a-z]\w*)\[/gmu;

/** Arrays in the order of the text. */
export function arraysIn(text: string): DeclaredArray[] {
  return [...text.matchAll(DECLARATION)].map((match) => {
    const name = match[1];
    return { name, offset: match.index + match[0].length - name.length - 1, length: name.length };
  });
}

/**
 * Where a layer begins in a file of weights, or of inference.
 * @param names in the weights' files; null where the layer has none
 * @param name as in the report
 */
export function findLayer(text: string, names: LayerNames | null, name: string): TextRange | undefined {
  const own = names?.arrays.weights;
  if (own !== undefined) {
    const declared = arraysIn(text).find((array) => array.name === own);
    if (declared !== undefined) return declared;
    // The codes of another layer under a name of its own.
    const alias = new RegExp(`^#define ${own} `, "mu").exec(text);
    if (alias !== null) return { offset: alias.index + "#define ".length, length: own.length };
  }
  const opening = sectionOpening(name);
  const section = text.startsWith(opening) ? 0 : text.indexOf(`\n${opening}`) + 1;
  return section === 0 && !text.startsWith(opening) ? undefined : { offset: section, length: opening.trimEnd().length };
}

/**
 * The layer whose section of an inference file an array is defined in.
 * @param layers names, as in the report
 * @returns its index; undefined where the array is none of a layer's
 */
export function layerOfSection(text: string, array: string, layers: readonly string[]): number | undefined {
  const declared = arraysIn(text).find(({ name }) => name === array);
  if (declared === undefined) return undefined;
  const comment = text.lastIndexOf("\n/* ", declared.offset) + 1;
  const found = layers.findIndex((name) => text.startsWith(sectionOpening(name), comment));
  return found < 0 ? undefined : found;
}
