/** Pieces of generated C that do not depend on the model: each is written once, and only where something needs it. */

export interface Kernel {
  /** File-scope names that it defines. */
  readonly names: readonly string[];
  /** Kernels that must stand before it. */
  readonly needs: readonly Kernel[];
  readonly lines: readonly string[];
}

/** @param text C without a line feed at its beginning and end */
export function kernel(names: readonly string[], needs: readonly Kernel[], text: string): Kernel {
  return { names, needs, lines: text.replace(/^\n|\n$/g, "").split("\n") };
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
