/** Convolutions of every form that the kernels tell apart: C on the host and on emulated cores against the interpreter. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convolutionForm } from "../../../src/engine/emit/inference/weight-order";
import type { ConvolutionGeometry } from "../../../src/engine/program/operations/convolution";
import { hasToolchain } from "../toolchain";
import { codes, layerEmission, layerProgram, square } from "./instructions";
import { BOARDS, boardLines, expectedLines, hostLines, programFiles, writePrograms } from "./programs";

interface Form {
  readonly name: string;
  readonly geometry: ConvolutionGeometry;
  /** Random ones where left out. */
  readonly weights?: Int8Array;
  readonly kernel: ReturnType<typeof convolutionForm>["kernel"];
  readonly tapRuns: number;
}

const strided = { strideHeight: 2, strideWidth: 2, outputHeight: 2, outputWidth: 2 };

const FORMS: readonly Form[] = [
  { name: "rows of taps", geometry: square(4, 8, 6, 3), kernel: "words_offset", tapRuns: 0 },
  { name: "inside alone", geometry: square(3, 12, 5, 1), kernel: "words", tapRuns: 0 },
  {
    name: "taps apart",
    geometry: { ...square(5, 8, 4, 3), dilationWidth: 2, padLeft: 2 },
    kernel: "words_offset",
    tapRuns: 1,
  },
  { name: "groups", geometry: { ...square(4, 16, 6, 3), groups: 2 }, kernel: "words_offset", tapRuns: 1 },
  { name: "few channels", geometry: { ...square(4, 3, 7, 3), ...strided }, kernel: "bytes", tapRuns: 0 },
  { name: "few channels apart", geometry: { ...square(4, 6, 4, 3), groups: 2 }, kernel: "bytes", tapRuns: 1 },
  { name: "depthwise", geometry: { ...square(4, 6, 6, 3), groups: 6 }, kernel: "depthwise", tapRuns: 1 },
  {
    name: "depthwise, spread",
    geometry: { ...square(5, 5, 5, 3), groups: 5, dilationWidth: 2, padLeft: 2 },
    kernel: "depthwise",
    tapRuns: 1,
  },
  { name: "two depthwise channels", geometry: { ...square(4, 2, 2, 3), groups: 2 }, kernel: "bytes", tapRuns: 1 },
  { name: "largest row", geometry: square(2, 256, 2, 3), weights: extreme(4608), kernel: "words_offset", tapRuns: 1 },
  { name: "largest tap", geometry: square(1, 1024, 4, 1), weights: extreme(4096), kernel: "words", tapRuns: 4 },
  {
    name: "no pair",
    geometry: square(2, 8, 4, 3),
    weights: new Int8Array(288).fill(-128),
    kernel: "bytes",
    tapRuns: 0,
  },
];

/** Weights of one sign, so that no sum is larger. */
function extreme(count: number): Int8Array {
  return new Int8Array(count).fill(127);
}

const cases = FORMS.flatMap(({ geometry, weights }, form) =>
  (["speed", "size"] as const).map((optimize) => {
    const label = `form${form}_${optimize}`;
    const program = layerProgram(geometry, weights);
    const count = geometry.inputHeight * geometry.inputWidth * geometry.inputChannels;
    const runs = [codes(count, 3), new Int8Array(count).fill(-128), new Int8Array(count).fill(127)];
    return { label, emission: layerEmission(label, program, optimize), runs: runs.map((input) => [input]) };
  }),
);

it.each(FORMS)("$name: as expected, so that every kernel is under test", ({ geometry, weights, kernel, tapRuns }) => {
  const [operation] = layerProgram(geometry, weights).operations;
  expect(convolutionForm(operation)).toMatchObject({ kernel, tapRuns });
});

describe.skipIf(!hasToolchain())("convolutions of every form", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-forms-"));
  const program = programFiles("forms");

  beforeAll(() => {
    program.cases.push(...cases);
    writePrograms([program], folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("compute on the host what the interpreter computes, sanitized", async () => {
    expect(await hostLines(program, folder)).toEqual(expectedLines(program));
  });

  it.each(BOARDS)("compute on %s (%s) what the interpreter computes", async (...board) => {
    expect((await boardLines(program, board, folder)).lines).toEqual(expectedLines(program));
  });
});
