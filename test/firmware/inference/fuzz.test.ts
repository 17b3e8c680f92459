/** Many random networks as C on the host against the interpreter, which `test/unit/engine/program/fuzz.test.ts` holds to ONNX Runtime. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hasToolchain } from "../toolchain";
import { expectedLines, hostLines, programFiles, randomCase, writePrograms } from "./programs";

const COUNT = Number(process.env["BITWRIGHT_FUZZ"] ?? 100);

/** Networks of one program: compilers are started seldom, and a failure names few. */
const TOGETHER = 50;

const BATCHES = Array.from({ length: Math.ceil(COUNT / TOGETHER) }, (_, batch) => 1 + batch * TOGETHER);

describe.skipIf(!hasToolchain())("random networks in C", () => {
  it.each(BATCHES)(
    `compute on the host what the interpreter computes, sanitized: ${TOGETHER} from seed %d on`,
    async (first) => {
      const folder = mkdtempSync(join(tmpdir(), "bitwright-fuzz-"));
      try {
        const program = programFiles("fuzz");
        for (let seed = first; seed < Math.min(first + TOGETHER, COUNT + 1); seed++) {
          program.cases.push(await randomCase(seed));
        }
        writePrograms([program], folder);
        expect(await hostLines(program, folder)).toEqual(expectedLines(program));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    300_000,
  );
});
