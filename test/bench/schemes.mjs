/** Speed of weight schemes, clipping rules and packing on one large layer. */
import { importTypeScript, printTable } from "./support.mjs";

export async function run() {
  const { measureSchemes } = await importTypeScript("test/bench/schemes-measured.ts");
  printTable("Weight schemes, a layer of 2.3 million Gaussian weights, one core", measureSchemes());
}
