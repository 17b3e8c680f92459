import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { beforeAll, describe, expect, it } from "vitest";
import { repositoryPath } from "../../../shared";
import { temporaryFolder } from "../../temporary-folder";
import { buildModel, encode, floatTensor, int64Tensor, node, randomTensor } from "../onnx/model-builder";

const MEGABYTE = 1e6;

/** Peak memory may grow by this many times the bytes of the model's files… */
const RATIO = 4;

/** …and by what any file may take: its decoded messages, and the garbage that two collections leave between them. */
const BASE = 128 * MEGABYTE;

const scratch = temporaryFolder();
const script = join(scratch, "measured.cjs");

interface Measured {
  readonly ended: string;
  readonly peakBytes: number;
}

/** Inspects (or quantizes) a model file in a process of its own. */
function measured(path: string, recipe: object | null): Measured {
  const printed = execFileSync(process.execPath, [script, path, recipe === null ? "" : JSON.stringify(recipe)]);
  return JSON.parse(printed.toString()) as Measured;
}

function written(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

/** A tensor whose elements stand in one packed field. */
function tensorWith(fieldNumber: number, dataType: DataType, dims: readonly number[], data: Uint8Array): Uint8Array {
  const head = toBinary(TensorProtoSchema, create(TensorProtoSchema, { name: "w", dataType, dims: dims.map(BigInt) }));
  return Buffer.concat([head, new BinaryWriter().tag(fieldNumber, WireType.LengthDelimited).bytes(data).finish()]);
}

/** A MatMul with a weight tensor that is encoded already. */
function matMulWith(tensor: Uint8Array): Uint8Array {
  const { graph, ...model } = buildModel({ nodes: [node("MatMul", ["x", "w"], ["y"])] });
  const initializer = new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(tensor).finish();
  const graphBytes = Buffer.concat([toBinary(GraphProtoSchema, graph!), initializer]);
  const rest = toBinary(ModelProtoSchema, model);
  return Buffer.concat([rest, new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(graphBytes).finish()]);
}

/** Elements of 0.5 in single precision. */
function singles(count: number): Uint8Array {
  return new Uint8Array(new Float32Array(count).fill(0.5).buffer);
}

/** The half-precision numbers 0.5 and -0.5 by turns, as varints: 5 bytes a pair. */
function halfVarints(count: number): Uint8Array {
  const pair = [0x80, 0x70, 0x80, 0xf0, 0x02];
  return Uint8Array.from({ length: (5 * count) / 2 }, (_, index) => pair[index % 5]);
}

function emptyNodes(count: number): Uint8Array {
  const nodes = new Uint8Array(2 * count);
  for (let index = 0; index < count; index++) nodes[2 * index] = 0x0a;
  const graph = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(nodes).finish();
  return Buffer.concat([graph, encode(buildModel({ nodes: [] }))]);
}

function sharedRange(side: number, layers: number): Uint8Array {
  const names = Array.from({ length: layers }, (_, index) => `w${index}`);
  return encode(
    buildModel({
      nodes: names.map((name, index) => node("Conv", [index === 0 ? "x" : `y${index - 1}`, name], [`y${index}`])),
      initializers: names.map((name) =>
        create(TensorProtoSchema, {
          name,
          dataType: DataType.FLOAT,
          dims: [BigInt(side), BigInt(side), 1n, 1n],
          dataLocation: DataLocation.EXTERNAL,
          externalData: [{ key: "location", value: "weights.bin" }],
        }),
      ),
      outputs: [`y${layers - 1}`],
    }),
  );
}

/** One tensor behind many Reshapes that only add axes of length 1. */
function reshaped(side: number, layers: number): Uint8Array {
  const numbers = Array.from({ length: layers }, (_, index) => index);
  return encode(
    buildModel({
      nodes: numbers.flatMap((index) => [
        node("Reshape", ["w", `s${index}`], [`w${index}`]),
        node("MatMul", ["x", `w${index}`], [`y${index}`]),
      ]),
      initializers: [
        randomTensor("w", [side, side], 1),
        ...numbers.map((index) =>
          int64Tensor(`s${index}`, [index + 2], [...new Array<number>(index).fill(1), side, side]),
        ),
      ],
      outputs: numbers.map((index) => `y${index}`),
    }),
  );
}

describe("peak memory", () => {
  let base = 0;

  beforeAll(async () => {
    await build({
      entryPoints: [repositoryPath("test/unit/engine/memory/measured.ts")],
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: script,
      logLevel: "error",
    });
    const small = buildModel({
      nodes: [node("MatMul", ["x", "w"], ["y"])],
      initializers: [floatTensor("w", [1, 1], [1])],
    });
    base = measured(written("small.onnx", encode(small)), null).peakBytes;
  });

  it.each<[string, () => Uint8Array, string]>([
    ["0.8 MB of empty nodes", () => emptyNodes(400_000), "model-too-complex"],
    ["as many empty nodes as are allowed", () => emptyNodes(100_000), "done"],
    ["64 MB of float_data", () => matMulWith(tensorWith(4, DataType.FLOAT, [4000, 4000], singles(16e6))), "done"],
    ["80 MB of float_data", () => matMulWith(tensorWith(4, DataType.FLOAT, [4000, 5000], singles(20e6))), "done"],
    [
      "50 MB of raw halves",
      () => matMulWith(tensorWith(9, DataType.FLOAT16, [5000, 5000], new Uint8Array(50e6))),
      "done",
    ],
    [
      "50 MB of halves in int32_data",
      () => matMulWith(tensorWith(5, DataType.FLOAT16, [4000, 5000], halfVarints(20e6))),
      "done",
    ],
  ])("stays in proportion for %s", (_, make, ended) => {
    const path = written("model.onnx", make());
    const result = measured(path, null);
    expect(result.ended).toBe(ended);
    expect(result.peakBytes - base).toBeLessThanOrEqual(RATIO * statSync(path).size + BASE);
  });

  it("stays in proportion for 30 layers on one range of an external file", () => {
    const external = written("weights.bin", singles(10e6));
    const result = measured(written("model.onnx", sharedRange(3000, 30)), null);
    expect(result.ended).toBe("done");
    expect(result.peakBytes - base).toBeLessThanOrEqual(RATIO * statSync(external).size + BASE);
  });

  it.each([
    ["C", "weights", "done"],
    ["ONNX, which would need every shape", "onnx", "model-too-complex"],
  ])("stays in proportion for one tensor in 100 shapes, quantized as %s", (_, emit, ended) => {
    const path = written("model.onnx", reshaped(1000, 100));
    const output = { directory: "out", emit: [emit] };
    const result = measured(path, { model: "model.onnx", weights: { bits: 4 }, output });
    expect(result.ended).toBe(ended);
    expect(result.peakBytes - base).toBeLessThanOrEqual(RATIO * statSync(path).size + BASE);
  });
});
