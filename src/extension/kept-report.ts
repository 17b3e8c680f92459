/** Which of the reports that earlier runs left is of the files that are there now. Knows nothing of VS Code. */
import type { ModelView } from "./current-model";

type WithFiles = Pick<ModelView, "files">;

export interface KeptReport<View extends WithFiles = ModelView> {
  readonly view: View;
  /** When its run had ended, in milliseconds since 1970. */
  readonly keptAt: number;
}

/**
 * Whether two runs wrote a file of the same path. Recipes' outputs cannot clash: two runs of recipes that share a file are
 * of one recipe, which may have been edited in between.
 */
export function shareFiles(a: WithFiles, b: WithFiles): boolean {
  return a.files.some((file) => b.files.includes(file));
}

/**
 * The report of the last run that wrote the files of a quantization: a recipe's where one has written them since.
 * @param recipes reports of the last runs of recipes
 */
export function newestReport<View extends WithFiles>(
  quantization: KeptReport<View>,
  recipes: readonly KeptReport<View>[],
): View {
  const since = recipes
    .filter(({ view, keptAt }) => keptAt >= quantization.keptAt && shareFiles(view, quantization.view))
    .sort((a, b) => b.keptAt - a.keptAt);
  return (since[0] ?? quantization).view;
}
