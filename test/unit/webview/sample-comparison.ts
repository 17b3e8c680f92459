/** A small comparison for tests of what shows and chooses. */
import { COMPARISON_VERSION, type Comparison } from "../../../src/protocol/comparison";

const cell = (sqnrDb: number | null, bytes: number) => ({ sqnrDb, exact: sqnrDb === null, bytes });
const settings = { scheme: "symmetric", bits: 8, granularity: "channel", clip: "max", rounding: "half-even" };

/** Two layers with weights of their own, and a third that shares those of the second; two candidates. */
export function sampleComparison(): Comparison {
  return {
    generator: { name: "bitwright", version: "0.0.0" },
    version: COMPARISON_VERSION,
    model: { name: "model.onnx", sha256: "ab".repeat(32) },
    candidates: [
      { label: "symmetric:8", settings },
      { label: "symmetric:4", settings: { ...settings, bits: 4 } },
    ],
    layers: [
      {
        name: "a",
        op: "Conv",
        parameters: 100,
        floatBytes: 400,
        sharedWith: null,
        cells: [cell(40, 100), cell(20, 50)],
      },
      {
        name: "b",
        op: "MatMul",
        parameters: 200,
        floatBytes: 800,
        sharedWith: null,
        cells: [cell(40, 200), cell(20, 100)],
      },
      { name: "c", op: "MatMul", parameters: 10, floatBytes: 40, sharedWith: "b", cells: [cell(40, 40), cell(20, 40)] },
    ],
    uniform: [
      { label: "symmetric:8", bytes: 340, sqnrDb: 40, pareto: true },
      { label: "symmetric:4", bytes: 190, sqnrDb: 20, pareto: true },
    ],
    mixed: [
      { label: "mixed", bytes: 190, sqnrDb: 20, pareto: true },
      { label: "mixed", bytes: 240, sqnrDb: 22.97, pareto: true },
      { label: "mixed", bytes: 340, sqnrDb: 40, pareto: true },
    ],
    weightsOnly: true,
  };
}
