import { create } from "@bufbuild/protobuf";
import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type TensorProto,
} from "onnx-buf";
import { describe, expect, it } from "vitest";
import { findLayers } from "../../../../src/engine/graph/layers";
import type { ModelSource } from "../../../../src/engine/model-source";
import { prepare } from "../../../../src/engine/prepare";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { ModelFiles } from "../../../../src/engine/onnx/external-data";
import { sha256 } from "../../../../src/runtime/model-file";
import { inlineExternal } from "../../../../src/engine/onnx/inline-external";
import { buildModel, encode, node, sourceOf } from "./model-builder";

const MEGABYTE = 1024 * 1024;

interface Read {
  readonly location: string;
  readonly offset: number;
  readonly length: number | undefined;
}

/** A source that answers every read with bytes of value 1, and what was read. */
function watched(bytes: Uint8Array = new Uint8Array(0)): { source: ModelSource; reads: Read[] } {
  const reads: Read[] = [];
  const readExternal: ModelSource["readExternal"] = (location, offset, length) => {
    reads.push({ location, offset, length });
    return new Uint8Array(length ?? 8).fill(1);
  };
  return { source: { ...sourceOf(bytes), readExternal }, reads };
}

function external(name: string, side: number, entries: Readonly<Record<string, string>>): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: DataType.FLOAT,
    dims: [BigInt(side), BigInt(side)],
    dataLocation: DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  });
}

/** One MatMul for each weight tensor. */
function chain(weights: readonly TensorProto[]): Uint8Array<ArrayBuffer> {
  const nodes = weights.map(({ name }, index) =>
    node("MatMul", [index === 0 ? "x" : `y${index}`, name], [`y${index + 1}`]),
  );
  return new Uint8Array(encode(buildModel({ nodes, initializers: weights, outputs: [`y${weights.length}`] })));
}

describe("ModelFiles", () => {
  it("reads equal ranges once, however their path is written", () => {
    const { source, reads } = watched();
    const files = new ModelFiles(source);
    const first = files.readExternal("w.bin", 4, 8);
    expect(files.readExternal("w.bin", 4, 8)).toBe(first);
    expect(files.readExternal("./sub/..//w.bin", 4, 8)).toBe(first);
    expect(reads).toHaveLength(1);
    expect(files.bytesRead).toBe(8);
    for (const [location, offset, length] of [
      ["v.bin", 4, 8],
      ["../w.bin", 4, 8],
      ["/w.bin", 4, 8],
      ["w.bin", 8, 8],
      ["w.bin", 4, 4],
    ] as const) {
      expect(files.readExternal(location, offset, length)).not.toBe(first);
    }
    expect(reads).toHaveLength(6);
  });

  it("knows what was read of which file, in an order of its own", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const digest = (reads: readonly (readonly [string, number, number])[], content = bytes) => {
      const files = new ModelFiles(
        sourceOf(new Uint8Array(0), "m.onnx", { "b.bin": content, "a.bin": content, "./a.bin": content }),
      );
      for (const read of reads) files.readExternal(...read);
      return { external: files.externalData(sha256), digest: files.digest(sha256) };
    };
    const [first, second, third] = [
      ["b.bin", 4, 4],
      ["a.bin", 0, 8],
      ["b.bin", 0, 4],
    ] as const;
    const all = digest([first, second, third]);
    expect(all.external).toEqual([
      { location: "a.bin", offset: 0, length: 8, sha256: sha256(bytes) },
      { location: "b.bin", offset: 0, length: 4, sha256: sha256(bytes.subarray(0, 4)) },
      { location: "b.bin", offset: 4, length: 4, sha256: sha256(bytes.subarray(4)) },
    ]);
    expect(digest([third, ["./a.bin", 0, 8], first, third]).digest).toBe(all.digest);
    expect(digest([first, second]).digest).not.toBe(all.digest);
    expect(digest([first, second, third], bytes.with(7, 9)).digest).not.toBe(all.digest);
    expect(digest([])).toEqual({ external: [], digest: sourceOf(bytes).sha256 });
  });

  it("refuses ranges that overlap out of proportion, before they are read", () => {
    const { source, reads } = watched();
    const files = new ModelFiles(source);
    const readShifted = () => {
      for (let range = 0; range < 30; range++) files.readExternal("w.bin", 4 * range, 20 * MEGABYTE);
    };
    expect(readShifted).toThrow(/too complex/);
    expect(reads).toHaveLength(4);
  });

  it("does not take neighbours and gaps for overlaps", () => {
    const { source } = watched();
    const files = new ModelFiles(source);
    const offsets = [0, 40, 20, 60, 100, 85].map((megabytes) => megabytes * MEGABYTE);
    for (const offset of offsets) files.readExternal("w.bin", offset, 15 * MEGABYTE);
    expect(files.bytesRead).toBe(90 * MEGABYTE);
  });
});

describe("layers with external weights", () => {
  it("are known by the bytes of their files as well", () => {
    const digestWith = (fill: number) => {
      const bytes = chain([external("w", 16, { location: "w.bin" })]);
      const { original, model } = prepare(sourceOf(bytes, "m.onnx", { "w.bin": new Uint8Array(1024).fill(fill) }));
      expect(model.source.digest(sha256)).toBe(original.source.digest(sha256));
      return original.source.digest(sha256);
    };
    expect(digestWith(1)).toBe(digestWith(1));
    expect(digestWith(1)).not.toBe(digestWith(2));
  });

  it("share what they read from the same range", () => {
    const range = { location: "w.bin", offset: "0", length: String(4 * 16 * 16) };
    const weights = Array.from({ length: 30 }, (_, index) => external(`w${index}`, 16, range));
    const { source, reads } = watched(chain(weights));
    const { layers } = findLayers(decodeModel(source));
    expect(reads).toHaveLength(1);
    expect(new Set(layers.map(({ weightKey }) => weightKey)).size).toBe(1);
    expect(new Set(layers.map(({ weight }) => weight.values)).size).toBe(1);
  });

  it("do not share other ranges, or the same bytes as another type", () => {
    const weights = [
      external("a", 16, { location: "w.bin" }),
      external("b", 16, { location: "w.bin", offset: "1024" }),
      create(TensorProtoSchema, {
        ...external("c", 16, { location: "w.bin", length: "1024" }),
        dataType: DataType.FLOAT16,
        dims: [16n, 32n],
      }),
    ];
    const { layers } = findLayers(decodeModel(watched(chain(weights)).source));
    expect(new Set(layers.map(({ weightKey }) => weightKey)).size).toBe(3);
  });
});

describe("inlineExternal", () => {
  const tensors = (side: number, count: number) =>
    Array.from({ length: count }, (_, index) => external(`w${index}`, side, { location: "w.bin" }));

  it("puts the bytes into tensors that are otherwise the same", () => {
    const files = new ModelFiles(watched().source);
    const inside = create(TensorProtoSchema, { name: "inside", dataType: DataType.INT8, dims: [1n] });
    const [first, second] = inlineExternal([...tensors(2, 1), inside], files);
    expect(first).toMatchObject({
      name: "w0",
      dims: [2n, 2n],
      dataType: DataType.FLOAT,
      dataLocation: DataLocation.DEFAULT,
    });
    expect(first.rawData).toEqual(new Uint8Array(16).fill(1));
    expect(second).toBe(inside);
  });

  it("refuses to write one range many times", () => {
    const files = new ModelFiles(watched().source);
    expect(inlineExternal(tensors(2048, 4), files)).toHaveLength(4);
    expect(() => inlineExternal(tensors(2048, 30), files)).toThrow(/share their external data/);
  });

  it("refuses types that share bytes", () => {
    const files = new ModelFiles(watched().source);
    const packed = create(TensorProtoSchema, { ...external("p", 2, { location: "w.bin" }), dataType: DataType.INT4 });
    expect(() => inlineExternal([packed], files)).toThrow(/int4 cannot be put/);
  });
});
