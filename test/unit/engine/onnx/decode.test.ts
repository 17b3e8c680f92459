import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type GraphProto,
} from "onnx-buf";
import { describe, expect, it } from "vitest";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { encodeModel } from "../../../../src/engine/onnx/encode";
import { decodeFloatTensor } from "../../../../src/engine/onnx/tensor-data";
import { MAX_NESTING, MAX_STRING_BYTES, scanModel } from "../../../../src/engine/onnx/wire-scan";
import { BitwrightError, type ErrorCode } from "../../../../src/protocol/errors";
import { attribute, buildModel, encode, floatTensor, node, randomValues, sourceOf } from "./model-builder";
import { shippedModel } from "./real-models";

const relu = { nodes: [node("Relu", ["x"], ["y"])] };

function codeOf(bytes: Uint8Array): ErrorCode | "decoded" {
  try {
    decodeModel(sourceOf(bytes));
    return "decoded";
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(BitwrightError);
    return BitwrightError.from(thrown).code;
  }
}

const text = (content: string) => new TextEncoder().encode(content);

describe("decodeModel", () => {
  it("reads a model and keeps raw data as a view", () => {
    const bytes = encode(buildModel({ ...relu, initializers: [floatTensor("w", [2], [1, 2])] }));
    const model = decodeModel(sourceOf(bytes));
    expect(model.opset).toBe(17);
    expect(model.graph.node[0].opType).toBe("Relu");
    expect(model.graph.initializer[0].rawData.buffer).toBe(bytes.buffer);
  });

  it("names the file and a remedy", () => {
    expect(() => decodeModel(sourceOf(new Uint8Array(0), "a.onnx"))).toThrow(
      "a.onnx: the file is empty. Export or download the model again.",
    );
  });

  it.each([
    ["nothing", new Uint8Array(0), "model-empty"],
    [
      "a Git LFS pointer",
      text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
      "model-lfs-pointer",
    ],
    ["a text file", text("# A model\n\nSee the other file.\n"), "model-not-onnx"],
    ["an HTML page", text("<!DOCTYPE html><title>Not found</title>"), "model-not-onnx"],
    ["JSON", text('{"irVersion": 8}'), "model-not-onnx"],
    ["a PNG", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13), "model-not-onnx"],
    ["zeros", new Uint8Array(1000), "model-not-onnx"],
    [
      "a version and no graph",
      toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })),
      "model-not-onnx",
    ],
    ["a graph and no version", toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: {} })), "model-not-onnx"],
    [
      "no operator set",
      toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: {} })),
      "model-opset",
    ],
    ["opset 6", encode(buildModel({ ...relu, opset: 6 })), "model-opset"],
    ["opset 26", encode(buildModel({ ...relu, opset: 26 })), "model-opset"],
    ["opset 7", encode(buildModel({ ...relu, opset: 7 })), "decoded"],
    ["opset 25", encode(buildModel({ ...relu, opset: 25 })), "decoded"],
  ] as const)("answers %s", (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it("says which operator set it found", () => {
    expect(() => decodeModel(sourceOf(encode(buildModel({ ...relu, opset: 99 }))))).toThrow(/opset 99 .*7 to 25/);
  });

  it("refuses random bytes", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const bytes = Uint8Array.from(randomValues(500, seed), (value) => value * 128);
      expect(codeOf(bytes)).toBe("model-not-onnx");
    }
  });

  it("refuses every truncation of a model", () => {
    const { bytes } = shippedModel("mnist-dscnn-bn.onnx");
    for (let length = 1; length < bytes.length; length += 997) {
      expect(codeOf(bytes.subarray(0, length))).not.toBe("decoded");
    }
  });

  it("refuses a file beyond what protobuf can hold", () => {
    const huge = Object.defineProperty(new Uint8Array(1), "length", { value: 2 ** 31 + 1 });
    expect(codeOf(huge)).toBe("model-too-large");
  });
});

describe("scanModel", () => {
  it("refuses nesting that would exhaust the stack", () => {
    let graph = create(GraphProtoSchema, {});
    for (let depth = 0; depth < MAX_NESTING; depth++) {
      graph = create(GraphProtoSchema, { node: [{ opType: "If", attribute: [attribute("then_branch", graph)] }] });
    }
    const model = create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ version: 17n }], graph });
    const bytes = toBinary(ModelProtoSchema, model);
    expect(scanModel(bytes).problem).toBe("nested");
    expect(codeOf(bytes)).toBe("model-too-complex");
  });

  it("refuses millions of empty messages", () => {
    const nodes = new Uint8Array(2_000_000).map((_, index) => (index % 2 === 0 ? 0x0a : 0));
    const bytes = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(nodes).finish();
    expect(scanModel(bytes).problem).toBe("expansion");
  });

  it("refuses millions of one-byte integers", () => {
    const tensor = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(new Uint8Array(20_000_000)).finish();
    const graph = new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(tensor).finish();
    const bytes = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(graph).finish();
    expect(scanModel(bytes).problem).toBe("expansion");
  });

  it("refuses endless names", () => {
    const bytes = new BinaryWriter()
      .tag(2, WireType.LengthDelimited)
      .bytes(new Uint8Array(MAX_STRING_BYTES + 1))
      .finish();
    expect(scanModel(bytes).problem).toBe("string");
  });

  it.each([
    ["a field of another wire type", [0x0a, 1, 0]],
    ["a length beyond the end", [0x3a, 5, 0]],
    ["a group", [0x0b, 0x0c]],
    ["an endless varint", [0x08, ...new Array<number>(11).fill(0xff)]],
    ["field number 0", [0x00, 0]],
    ["a packed varint that is cut off", [0x3a, 6, 0x2a, 4, 0x3a, 2, 1, 0x80]],
    ["packed floats that do not fill their bytes", [0x3a, 7, 0x2a, 5, 0x22, 3, 0, 0, 0]],
  ])("refuses %s", (_, bytes) => {
    expect(scanModel(Uint8Array.from(bytes)).problem).toBe("malformed");
  });
});

describe("typed data", () => {
  const count = 300;
  const numbers = Array.from({ length: count }, (_, index) => (index - 150) / 8);
  const halves = Array.from({ length: count }, (_, index) => index * 218);
  const tensors = [
    create(TensorProtoSchema, { name: "a", dims: [BigInt(count)], dataType: DataType.FLOAT, floatData: numbers }),
    create(TensorProtoSchema, { name: "b", dims: [BigInt(count)], dataType: DataType.FLOAT16, int32Data: halves }),
    create(TensorProtoSchema, { name: "c", dims: [BigInt(count)], dataType: DataType.DOUBLE, doubleData: numbers }),
    create(TensorProtoSchema, { name: "d", dims: [BigInt(count)], dataType: DataType.BFLOAT16, int32Data: halves }),
  ];
  const branch = create(GraphProtoSchema, { node: [node("Constant", [], ["z"], { value: tensors[1] })] });
  const model = buildModel({
    nodes: [
      node("If", ["x"], ["y"], { then_branch: branch, else_branch: branch }),
      node("Constant", [], ["k"], { value: tensors[3] }),
    ],
    initializers: tensors,
  });

  it("becomes raw data of the same values, and nothing else changes", () => {
    const { graph } = decodeModel(sourceOf(encode(model)));
    const decoded = [
      ...graph.initializer,
      graph.node[0].attribute[0].g!.node[0].attribute[0].t!,
      graph.node[1].attribute[0].t!,
    ];
    const written = [...tensors, tensors[1], tensors[3]];
    decoded.forEach((tensor, index) => {
      expect(tensor.rawData.length).toBeGreaterThan(0);
      expect([tensor.floatData, tensor.doubleData, tensor.int32Data]).toEqual([[], [], []]);
      const source = sourceOf(new Uint8Array(0));
      expect(decodeFloatTensor(tensor, source)).toEqual(decodeFloatTensor(written[index], source));
    });
    const without = (of: GraphProto) => [of.name, of.node.map(({ opType, input, output }) => [opType, input, output])];
    expect(without(graph)).toEqual(without(model.graph!));
    expect(graph.input).toEqual(model.graph!.input);
    expect(decodeModel(sourceOf(encodeModel(decodeModel(sourceOf(encode(model)))))).graph).toEqual(graph);
  });

  it("leaves the file's own bytes alone", () => {
    const bytes = encode(model);
    const before = new Uint8Array(bytes);
    decodeModel(sourceOf(bytes));
    expect(bytes).toEqual(before);
  });

  it.each<[string, MessageInitShape<typeof TensorProtoSchema>]>([
    ["beside raw data", { dataType: DataType.FLOAT, floatData: numbers, rawData: new Uint8Array(4 * count) }],
    ["of another type", { dataType: DataType.INT32, int32Data: halves }],
    ["of a type that the field is not for", { dataType: DataType.DOUBLE, floatData: numbers }],
    [
      "beside external data",
      { dataType: DataType.FLOAT, floatData: numbers, dataLocation: TensorProto_DataLocation.EXTERNAL },
    ],
    ["too short to matter", { dataType: DataType.FLOAT, floatData: [1, 2] }],
    [
      "of a tensor whose segment looks like a type",
      { dataType: DataType.INT32, int32Data: halves, segment: { begin: 0n, end: BigInt(DataType.FLOAT16) } },
    ],
  ])("stays as it is %s", (_, fields) => {
    const tensor = create(TensorProtoSchema, { name: "w", dims: [BigInt(count)], ...fields });
    const { graph } = decodeModel(sourceOf(encode(buildModel({ nodes: [], initializers: [tensor] }))));
    expect(graph.initializer).toEqual([tensor]);
  });

  it("counts against the allowance where it stays a list", () => {
    const unpacked = new Uint8Array(5 * 4_000_000).map((_, index) => (index % 5 === 0 ? 0x25 : 0));
    const tensor = new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(unpacked).finish();
    expect(scanModel(new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(tensor).finish()).problem).toBe(
      "expansion",
    );
  });
});

describe("encodeModel", () => {
  it("gives back the bytes of a model", () => {
    const source = shippedModel("mnist-lenet5.onnx");
    const again = decodeModel(sourceOf(encodeModel(decodeModel(source))));
    expect(again.proto).toEqual(decodeModel(source).proto);
  });

  it("keeps fields that this version of ONNX does not have", () => {
    const unknown = new BinaryWriter().tag(2000, WireType.LengthDelimited).string("later").finish();
    const bytes = Uint8Array.of(...encode(buildModel(relu)), ...unknown);
    const encoded = encodeModel(decodeModel(sourceOf(bytes)));
    expect(new TextDecoder().decode(encoded)).toContain("later");
  });
});
