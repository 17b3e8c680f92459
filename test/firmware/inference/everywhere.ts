/** The tests that every set of generated programs goes through: compilers, the sanitized host, emulated cores. */
import { expect, it } from "vitest";
import {
  boardLines,
  BOARDS,
  BOARD_TIMEOUT,
  checkSyntax,
  expectedLines,
  FLOAT_SYMBOL,
  HOST_COMPILERS,
  hostLines,
  longLines,
  type ProgramFiles,
} from "./programs";

/**
 * Declares the tests, within a `describe`.
 * @param programs filled and written before the tests run
 * @param folder where they were written
 */
export function computeEverywhere(programs: readonly ProgramFiles[], folder: string): void {
  it.each(HOST_COMPILERS)("compile without a warning: %s, %s, %s", async (...compiler) => {
    await checkSyntax(programs, compiler, folder);
  });

  it("have no long lines", () => {
    expect(longLines(programs, folder)).toEqual([]);
  });

  it.each(programs)("compute on the host what the interpreter computes, sanitized: $label", async (program) => {
    expect(await hostLines(program, folder)).toEqual(expectedLines(program));
  });

  it.each(BOARDS)(
    "compute on %s (%s) what the interpreter computes, without floating point",
    async (...board) => {
      for (const program of programs) {
        const { symbols, lines } = await boardLines(program, board, folder);
        expect(symbols).not.toMatch(FLOAT_SYMBOL);
        expect(lines).toEqual(expectedLines(program));
      }
    },
    BOARD_TIMEOUT,
  );
}
