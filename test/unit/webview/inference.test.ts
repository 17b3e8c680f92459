import { describe, expect, it } from "vitest";
import { formatInference } from "../../../src/cli/format-inference";
import { agreementCell, agreementText } from "../../../src/protocol/agreement";
import { inferenceSchema, type InferenceReport } from "../../../src/protocol/inference";
import { equalitySentence, memorySentence } from "../../../webview/report/inference/sentences";

const PROVED = { checked: "accumulators", difference: 0, differing: 0 } as const;
const PAIRS = { checked: "pairs", difference: 1, differing: 12 } as const;

const INFERENCE: InferenceReport = inferenceSchema.parse({
  backend: "portable",
  requantization: "onnxruntime",
  arenaBytes: 4096,
  optimumBytes: 3072,
  scratchBytes: 0,
  stackBytes: 1024,
  flashBytes: 500,
  macs: 1200,
  operations: [
    {
      node: "first",
      operator: "Conv + Relu",
      shape: [1, 4, 4, 8],
      macs: 1200,
      flashBytes: 500,
      liveBytes: 128,
      agreement: PROVED,
    },
    { node: "", operator: "Add", shape: [1, 128], macs: 0, flashBytes: 0, liveBytes: 3072, agreement: PAIRS },
  ],
});

describe("a network in integers", () => {
  it("is said to be equal where it is proved, and else by how much and where not", () => {
    expect(agreementText(PROVED)).toBe("Proved equal to ONNX Runtime.");
    expect(agreementText(PAIRS)).toBe("Within 1 of ONNX Runtime, which it differs from in 12 pairs of codes.");
    expect(agreementText({ checked: "none", difference: 1, differing: 0 })).toBe("Within 1 of ONNX Runtime.");
    expect(agreementText({ checked: "none", difference: null, differing: 0 })).toBe("Not compared with ONNX Runtime.");
    expect([PROVED, PAIRS].map(agreementCell)).toEqual(["equal", "within 1"]);
    expect(equalitySentence(INFERENCE)).toBe("1 of 2 operations proved");
  });

  it("names the chart with its peak", () => {
    expect(memorySentence(INFERENCE)).toContain(
      "in an arena of 4.00 KiB. The most, 3.00 KiB, live at (no name), operation 2.",
    );
    expect(memorySentence({ ...INFERENCE, operations: [] })).toContain("0 operations");
  });

  it("is on the terminal with what is not proved", () => {
    const text = formatInference(INFERENCE).join("\n");
    expect(text).toMatch(/first +Conv \+ Relu +1×4×4×8 +equal +1,200 +500 +128/);
    expect(text).toContain("4,096 bytes of RAM (at least 3,072 are needed)");
    expect(text).toContain("1 of 2 operations are proved equal to ONNX Runtime; not so:");
    expect(formatInference(null)).toEqual([]);
  });
});
