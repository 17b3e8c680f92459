/** Build files beside the generated C. */
import type { Artifact } from "../../artifact";
import { cmakeLines } from "./cmake";
import { BUILD_ENDINGS, type Build, type BuildDescription } from "./description";
import { makefileLines } from "./makefile";
import { arduinoLines, platformioLines, zephyrLines } from "./notes";

const LINES: Readonly<Record<Build, (build: BuildDescription) => string[]>> = {
  cmake: cmakeLines,
  make: makefileLines,
  platformio: platformioLines,
  zephyr: zephyrLines,
  arduino: arduinoLines,
};

/** One file for each build system. Equal descriptions give equal bytes. */
export function buildFiles(build: BuildDescription, systems: readonly Build[]): Artifact[] {
  const encoder = new TextEncoder();
  return [...new Set(systems)].map((system) => ({
    path: build.stem + BUILD_ENDINGS[system],
    bytes: encoder.encode(`${LINES[system](build).join("\n")}\n`),
  }));
}
