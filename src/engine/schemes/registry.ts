/** The weight schemes, by id. A new scheme is one file and one line here. */
import type { Scheme } from "./scheme";
import { symmetric } from "./symmetric";

export const SCHEMES: readonly Scheme[] = [symmetric];

export function schemeIds(): string[] {
  return SCHEMES.map((scheme) => scheme.id);
}

/** The scheme of that id, or undefined. */
export function findScheme(id: string): Scheme | undefined {
  return SCHEMES.find((scheme) => scheme.id === id);
}
