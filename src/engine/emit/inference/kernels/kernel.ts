/** Pieces of generated C that do not depend on the model: each is written once, and only where something needs it. */
import type { CodeType } from "../../../program/program";
import { brokenList } from "../c-calls";

export interface Kernel {
  /** File-scope names that it defines. */
  readonly names: readonly string[];
  /** Kernels that must stand before it. */
  readonly needs: readonly Kernel[];
  readonly lines: readonly string[];
  /** Of tables in it. */
  readonly constantBytes: number;
}

/** The name of a function for these types of codes: the plain name is that of bytes. */
export function typedName(name: string, ...types: readonly CodeType[]): string {
  if (types.every((type) => type === "int8")) return name;
  return `${name}_${new Set(types).size === 1 ? types[0] : types.join("_")}`;
}

/** @param text C without a line feed at its beginning and end; heads of functions are broken into lines here */
export function kernel(names: readonly string[], needs: readonly Kernel[], text: string, constantBytes = 0): Kernel {
  const broken = text.replace(/^static [^(){};=]*\([^(){};]*\)$/gm, functionHead);
  return { names, needs, lines: broken.replace(/^\n|\n$/g, "").split("\n"), constantBytes };
}

function functionHead(head: string): string {
  const [before, after] = head.split("(");
  return brokenList(`${before}(`, after.slice(0, -1).split(", "), ")").join("\n");
}

/** The kernels and all that they need, each once by its first name, what is needed first. */
export function withNeeded(kernels: readonly Kernel[]): Kernel[] {
  const ordered = new Map<string, Kernel>();
  const add = (item: Kernel): void => {
    const [name] = item.names;
    if (ordered.has(name)) return;
    item.needs.forEach(add);
    ordered.set(name, item);
  };
  kernels.forEach(add);
  return [...ordered.values()];
}
