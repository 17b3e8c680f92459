import fc from "fast-check";
import { TensorProto_DataType as DataType } from "onnx-buf";
import { beforeAll, describe, expect, it } from "vitest";
import {
  activationParameters,
  groupSettings,
  quantizeActivations,
  roundTripActivations,
  type ActivationSettings,
} from "../../../../src/engine/activations/parameters";
import { addRounding } from "../../../../src/engine/activations/rounding-nodes";
import { floatsOf } from "../../../../src/engine/activations/run";
import { GraphEdit } from "../../../../src/engine/graph/edit";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import type { Runtime } from "../../../../src/engine/runtime";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { buildModel, encode, floatTensor, modelSource, node, randomValues, value } from "../onnx/model-builder";
import { create } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "onnx-buf";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const input = (values: Float32Array) => ({ x: { type: "float32", dims: [values.length], data: values } });

describe("parameters", () => {
  it("of affine codes hold zero exactly and both ends within half a step", () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
        fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
        fc.constantFrom(8, 16),
        (a, b, bits) => {
          const parameters = activationParameters({ scheme: "affine", bits }, Math.min(a, b), Math.max(a, b));
          const [zero, low, high] = roundTripActivations(
            Float32Array.of(0, Math.min(a, b, 0), Math.max(a, b, 0)),
            parameters,
          );
          expect(zero).toBe(0);
          const slack = parameters.scale * 1.01;
          expect(Math.abs(low - Math.min(a, b, 0))).toBeLessThanOrEqual(slack);
          expect(Math.abs(high - Math.max(a, b, 0))).toBeLessThanOrEqual(slack);
        },
      ),
    );
  });

  it("of powers of two are the finest that do not overflow", () => {
    const pow2 = (min: number, max: number) => activationParameters({ scheme: "pow2", bits: 8 }, min, max);
    expect(pow2(-0.5, 127 / 128)).toMatchObject({ scale: 2 ** -7, zeroPoint: 0 });
    expect(pow2(-1, 0)).toMatchObject({ scale: 2 ** -7, zeroPoint: 0 });
    expect(pow2(-0.5, 1)).toMatchObject({ scale: 2 ** -6, zeroPoint: 0 });
    expect(pow2(-100, 300)).toMatchObject({ scale: 4, zeroPoint: 0 });
  });

  it("of powers of two use all codes for values that are never negative", () => {
    const pow2 = (max: number) => activationParameters({ scheme: "pow2", bits: 8 }, 0, max);
    expect(pow2(255 / 256)).toMatchObject({ scale: 2 ** -8, zeroPoint: -128 });
    expect(pow2(1)).toMatchObject({ scale: 2 ** -7, zeroPoint: -128 });
  });

  it("of a value that was always 0 have scale 1 and say so", () => {
    for (const scheme of ["affine", "symmetric", "pow2", "ceil"] as const) {
      const parameters = activationParameters({ scheme, bits: 8 }, 0, 0);
      expect(parameters).toMatchObject({ scale: 1, zeroPoint: 0, dead: true });
      expect(roundTripActivations(Float32Array.of(0), parameters)).toEqual(Float32Array.of(0));
    }
  });

  it("of A_b follow equation 5", () => {
    const x = Float32Array.of(-1, 0, 0.01, 0.41, 0.5, 0.51, 0.99, 1, 3);
    const formula = (bits: number, calibrated: number) => {
      const top = Math.min(calibrated, 2 ** bits - 1);
      const levels = 2 ** bits - 1;
      return Array.from(x, (value) => {
        const clipped = Math.min(Math.max(value, 0), top);
        return Math.max(0, (top / levels) * Math.ceil((clipped * levels) / top));
      });
    };
    for (const [bits, calibrated] of [
      [1, 1],
      [1, 5],
      [2, 1],
      [3, 2],
      [8, 1],
    ]) {
      const parameters = activationParameters({ scheme: "ceil", bits }, 0, calibrated);
      const rounded = Array.from(roundTripActivations(x, parameters));
      formula(bits, calibrated).forEach((expected, i) => expect(rounded[i]).toBeCloseTo(expected, 5));
      expect(new Set(quantizeActivations(x, parameters)).size).toBeLessThanOrEqual(2 ** bits);
    }
  });
});

describe("the parameters of a group", () => {
  it("are of another scheme than ceil where no activation function made the values", () => {
    const ceil = (bits: number, isActivation: boolean) => groupSettings({ scheme: "ceil", bits }, { isActivation });
    expect(ceil(4, true)).toEqual({ scheme: "ceil", bits: 4 });
    expect([1, 8, 9, 16].map((bits) => ceil(bits, false))).toEqual([
      { scheme: "affine", bits: 8 },
      { scheme: "affine", bits: 8 },
      { scheme: "affine", bits: 16 },
      { scheme: "affine", bits: 16 },
    ]);
    expect(groupSettings({ scheme: "symmetric", bits: 8 }, { isActivation: false })).toEqual({
      scheme: "symmetric",
      bits: 8,
    });
  });
});

describe("rounding", () => {
  const SETTINGS: ActivationSettings[] = [
    { scheme: "affine", bits: 8 },
    { scheme: "affine", bits: 16 },
    { scheme: "affine", bits: 5 },
    { scheme: "symmetric", bits: 8 },
    { scheme: "symmetric", bits: 16 },
    { scheme: "pow2", bits: 8 },
    { scheme: "ceil", bits: 1 },
    { scheme: "ceil", bits: 4 },
    { scheme: "ceil", bits: 16 },
  ];

  it.each([7, 8, 10, 13, 18, 21])("in a graph of operator set %i is that of the engine", async (opset) => {
    const source = modelSource({ nodes: [node("Identity", ["x"], ["y"])], opset, irVersion: opset > 20 ? 10 : 8 });
    for (const settings of SETTINGS) {
      const parameters = activationParameters(settings, -0.7, 1.9);
      const values = randomValues(2000, 3).map((x) => 3 * x);
      const edit = new GraphEdit(decodeModel(source));
      const output = addRounding(edit, "x", parameters);
      edit.addOutput(output);
      const session = await runtime.createSession(edit.encode(), { keepsRounding: true });
      const outputs = await session.run(input(values));
      expect(floatsOf(outputs, output)).toEqual(roundTripActivations(values, parameters));
      await session.release();
    }
  });

  it.each([
    ["affine", 8, DataType.INT8],
    ["symmetric", 8, DataType.INT8],
    ["pow2", 16, DataType.INT16],
    ["affine", 16, DataType.INT16],
  ] as const)(
    "of %s codes of %i bits is that of ONNX QuantizeLinear and DequantizeLinear",
    async (scheme, bits, type) => {
      const parameters = activationParameters({ scheme, bits }, -1.3, 2.2);
      const zero = create(TensorProtoSchema, {
        name: "z",
        dims: [],
        dataType: type,
        int32Data: [parameters.zeroPoint],
      });
      const proto = buildModel({
        nodes: [node("QuantizeLinear", ["x", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"], ["y"])],
        initializers: [floatTensor("s", [], [parameters.scale]), zero],
        inputs: [value("x", ["N"])],
        outputs: [value("y", ["N"])],
        opset: 21,
        irVersion: 10,
      });
      const halves = Float32Array.from({ length: 64 }, (_, i) => (i - 32.5) * parameters.scale);
      const values = Float32Array.from([...randomValues(5000, 9).map((x) => 4 * x), ...halves]);
      const session = await runtime.createSession(encode(proto), { keepsRounding: true });
      const { y } = await session.run(input(values));
      expect(y.data).toEqual(roundTripActivations(values, parameters));
      await session.release();
    },
  );
});
