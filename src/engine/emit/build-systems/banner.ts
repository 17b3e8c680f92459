/** The first line of build files. */
import { BANNER_MARK } from "../banner";
import { commentText } from "../comments";
import type { BuildDescription } from "./description";

export function generatedBy({ generatorVersion }: Pick<BuildDescription, "generatorVersion">): string {
  return `${BANNER_MARK} ${commentText(generatorVersion)}. Do not edit: change the recipe and generate again.`;
}
