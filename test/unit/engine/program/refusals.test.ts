import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { emitInference } from "../../../../src/engine/emit/inference/inference";
import type { InferenceEmission } from "../../../../src/engine/emit/inference/emission";
import type { IntegerProgram } from "../../../../src/engine/program/program";
import type { ModelParts } from "../onnx/model-builder";
import { floatTensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";
import { networkOf } from "./networks";
import type { Options } from "../emit/qdq/quantized-model";

const DIMS = [1, 4, 5, 5];
const CONV = node("Conv", ["x", "w"], ["c"], { kernel_shape: [1, 1] }, "first");
const WEIGHTS = randomTensor("w", [4, 4, 1, 1], 1);

async function programOf(parts: Partial<ModelParts>, options: Options = {}): Promise<IntegerProgram> {
  const source = modelSource({
    nodes: [CONV],
    initializers: [WEIGHTS],
    inputs: [value("x", DIMS)],
    outputs: ["c"],
    ...parts,
  });
  const sample = new Tensor("float32", randomValues(100, 1), DIMS);
  return (await networkOf(source, { x: sample }, options)).program;
}

function emissionOf(program: IntegerProgram, limits: Partial<InferenceEmission["limits"]> = {}): InferenceEmission {
  return {
    generatorVersion: "0.0.0-test",
    modelName: "*/ int x; /*",
    modelSha256: "0".repeat(64),
    recipe: "{}",
    baseName: "../int",
    program,
    selfTest: [],
    limits: { ram: null, flash: null, ...limits },
  };
}

describe("integer programs refuse", () => {
  it("operators without an integer form, by the node's name", async () => {
    const nodes = [CONV, node("Erf", ["c"], ["y"], {}, "bend")];
    const program = programOf({ nodes, outputs: ["y"] });
    await expect(program).rejects.toMatchObject({ code: "operator-unsupported", place: { layer: "bend" } });
  });

  it("dimensions that are open", async () => {
    const program = programOf({ inputs: [value("x", [1, 4, "height", 5])] });
    await expect(program).rejects.toMatchObject({ code: "tensor-shape", place: { field: "x" } });
    await expect(program).rejects.toThrow(/dimension 2 is open.*--input-shape/);
  });

  it("sums beyond what 64 bits hold exactly, naming the layer", async () => {
    const weights = floatTensor("w", [4, 4, 1, 1], [60000, 0.001, 60000, 0.001, ...Array<number>(12).fill(1)]);
    const options: Options = {
      weights: { scheme: "block", granularity: "block", bits: 16, blockSize: 1 },
      activations: { scheme: "symmetric", bits: 16 },
    };
    const program = programOf({ initializers: [weights] }, options);
    await expect(program).rejects.toMatchObject({ code: "accumulator-overflow", place: { layer: "first" } });
  });

  it("more memory than there is, naming the layer and the numbers", async () => {
    const relu = node("LeakyRelu", ["c"], ["y"], {}, "second");
    const program = await programOf({ nodes: [CONV, relu], outputs: ["y"] });
    const needed = emitInference(emissionOf(program));
    expect(needed.memory.arenaBytes).toBe(100);
    expect(() => emitInference(emissionOf(program, { ram: 99 }))).toThrow(/first.*100 bytes.*99/);
    expect(() => emitInference(emissionOf(program, { flash: needed.flashBytes - 1 }))).toThrow(/bytes of flash/);
    expect(emitInference(emissionOf(program, { ram: 100, flash: needed.flashBytes })).artifacts).toEqual(
      needed.artifacts,
    );
  });
});
