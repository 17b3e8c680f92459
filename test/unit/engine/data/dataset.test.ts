import { describe, expect, it } from "vitest";
import { assembleDataset, type DatasetParts } from "../../../../src/engine/data/assemble";
import { modelInput, type Dataset, type ModelInput } from "../../../../src/engine/data/dataset";
import { resizedSource } from "../../../../src/engine/data/images/fit";
import { InputReader } from "../../../../src/engine/data/input-reader";
import { folderClasses, labelsByName, toLabels } from "../../../../src/engine/data/labels";
import { randomDataset } from "../../../../src/engine/data/random";
import { calibrationSettings, inputSettings } from "../../../../src/engine/data/settings";
import { errorOf, inputOf, rejectionOf, sourceOf } from "./samples";

function dataset(reader: InputReader, parts: Partial<DatasetParts> = {}): Promise<Dataset> {
  return assembleDataset({ readers: new Map([["x", reader]]), labels: null, notes: [], samples: undefined, ...parts });
}

const counting = (count: number): number[][] => Array.from({ length: count }, (_, i) => [i, i + 1]);

describe("InputReader", () => {
  it("computes (x · scale − mean) / std, one mean and std a channel", async () => {
    const source = sourceOf("uint8", [2, 1, 3], [[10, 20, 30, 40, 50, 60]]);
    const settings = { scale: 0.1, mean: [1, 2, 3], std: [1, 2, 4] };
    const reader = new InputReader(source, inputOf("float64", null, 3, 2, 1), settings);
    const { type, dims, data } = await reader.read(0, 1);
    expect({ type, dims }).toEqual({ type: "float64", dims: [1, 3, 2, 1] });
    [0, 3, 0, 1.5, 0, 0.75].forEach((expected, i) => expect(data[i]).toBeCloseTo(expected, 12));
  });

  it("finds the channels last in an NHWC model, and swaps red and blue", async () => {
    const source = sourceOf("float32", [1, 2, 3], [[1, 2, 3, 4, 5, 6]]);
    const reader = new InputReader(source, inputOf("float32", null, 1, 2, 3), {
      layout: "NHWC",
      channelOrder: "BGR",
      mean: [3, 0, 0],
    });
    expect([...(await reader.read(0, 1)).data]).toEqual([0, 2, 1, 3, 5, 4]);
  });

  it("swaps red and blue while moving them first", async () => {
    const source = sourceOf("float32", [2, 1, 3], [[1, 2, 3, 4, 5, 6]]);
    const reader = new InputReader(source, inputOf("float32", null, 3, 2, 1), { channelOrder: "BGR" });
    expect([...(await reader.read(0, 1)).data]).toEqual([3, 6, 2, 5, 1, 4]);
  });

  it("refuses a mean for other channels", () => {
    const source = sourceOf("float32", [4], [[1, 2, 3, 4]]);
    const error = errorOf(() => new InputReader(source, inputOf("float32", null, 4), { mean: [1, 2, 3] }));
    expect(error.code).toBe("data-shape");
    expect(error.problem).toMatch(/for 3 channels, and its samples are 4/);
  });

  it("converts to the model's type", async () => {
    const source = sourceOf("float64", [2], [[1, 2]]);
    const integers = await new InputReader(source, inputOf("int64", null, 2), {}).read(0, 1);
    expect(integers.data).toEqual(BigInt64Array.of(1n, 2n));
    const halves = await new InputReader(source, inputOf("float16", null, 2), {}).read(0, 1);
    expect(halves).toMatchObject({ type: "float16", data: Uint16Array.of(0x3c00, 0x4000) });
    const whole = await new InputReader(source, inputOf("bool", 2), { mean: 1 }).read(0, 1);
    expect(whole).toEqual({ type: "bool", dims: [2], data: Uint8Array.of(0, 1) });
  });

  it.each<[ModelInput["type"], number, string, RegExp]>([
    ["float32", NaN, "data-not-finite", /sample 0, value 1: expected a finite number, got NaN/],
    ["float32", Infinity, "data-not-finite", /got Infinity/],
    ["float16", 70000, "data-invalid", /from -65504 to 65504 \(float16\), got 70000/],
    ["uint8", 256, "data-invalid", /expected an integer from 0 to 255 \(uint8\), got 256/],
    ["int32", 0.5, "data-invalid", /expected an integer .* got 0\.5/],
  ])("refuses for %s the value %f", async (type, value, code, problem) => {
    const reader = new InputReader(sourceOf("float64", [2], [[1, value]]), inputOf(type, null, 2), {});
    const error = await rejectionOf(reader.read(0, 1));
    expect(error.code).toBe(code);
    expect(error.problem).toMatch(problem);
  });

  it("says that 64-bit integers are too large", async () => {
    const reader = new InputReader(sourceOf("int64", [1], [[NaN]]), inputOf("int64", null, 1), {});
    expect((await rejectionOf(reader.read(0, 1))).problem).toMatch(/an integer below 2\^53, got a larger one/);
  });

  it("says how bytes go into a float model, unless they are scaled", () => {
    const source = sourceOf("uint8", [2], [[1, 2]]);
    expect(new InputReader(source, inputOf("float32", null, 2), {}).notes).toHaveLength(1);
    expect(new InputReader(source, inputOf("float32", null, 2), { scale: 1 }).notes).toHaveLength(0);
    expect(new InputReader(source, inputOf("uint8", null, 2), {}).notes).toHaveLength(0);
  });
});

describe("assembleDataset", () => {
  const reader = (count: number, ...shape: (number | null)[]): InputReader =>
    new InputReader(sourceOf("float32", [2], counting(count)), inputOf("float32", ...shape), {});

  it("takes the first 256 samples, or those asked for, and says so", async () => {
    const all = await dataset(reader(300, null, 2));
    expect(all.count).toBe(256);
    expect(all.notes).toEqual(["The first 256 of 300 samples are used"]);
    const few = await dataset(reader(300, null, 2), { samples: 3 });
    expect((await few.read(1, 2))["x"]).toMatchObject({ dims: [2, 2], data: Float32Array.of(1, 2, 2, 3) });
    expect((await rejectionOf(Promise.resolve().then(() => few.read(2, 2)))).code).toBe("internal");
  });

  it("reads whole batches of a fixed size", async () => {
    const fixed = await dataset(reader(7, 3, 2));
    expect({ count: fixed.count, fixedBatch: fixed.fixedBatch }).toEqual({ count: 6, fixedBatch: 3 });
    expect((await rejectionOf(dataset(reader(2, 3, 2)))).message).toMatch(/at least the 3 of one run, got 2/);
  });

  it("shows expected and got where there are too few", async () => {
    const error = await rejectionOf(dataset(reader(5, null, 2), { samples: 10 }));
    expect(error.code).toBe("data-too-few");
    expect(error.problem).toBe("expected 10 or more samples, got 5");
    expect((await rejectionOf(dataset(reader(0, null, 2)))).code).toBe("data-too-few");
  });

  it("refuses constant data, and mentions one constant input among several", async () => {
    const constant = new InputReader(
      sourceOf(
        "float32",
        [2],
        [
          [7, 7],
          [7, 7],
        ],
      ),
      inputOf("float32", null, 2),
      {},
    );
    expect((await rejectionOf(dataset(constant))).code).toBe("data-constant");
    const readers = new Map([
      ["x", reader(2, null, 2)],
      ["state", constant],
    ]);
    const both = await assembleDataset({ readers, labels: null, notes: ["n"], samples: undefined });
    expect(both.notes).toEqual(["n", 'Input "state": all samples hold one and the same value']);
    expect(Object.keys(await both.read(0, 1))).toEqual(["x", "state"]);
  });

  it("refuses inputs of different counts and batches", async () => {
    const pair = (other: InputReader): Promise<Dataset> =>
      assembleDataset({
        readers: new Map([
          ["x", reader(6, 3, 2)],
          ["y", other],
        ]),
        labels: null,
        notes: [],
        samples: undefined,
      });
    expect((await rejectionOf(pair(reader(5, null, 2)))).problem).toMatch(/expected 6 samples .* got 5/);
    expect((await rejectionOf(pair(reader(6, 2, 2)))).problem).toMatch(/takes 2 samples here and 3/);
    expect((await pair(reader(6, null, 2))).fixedBatch).toBe(3);
  });

  it("keeps the labels of the samples that are read", async () => {
    const labelled = await dataset(reader(3, null, 2), { labels: Int32Array.of(1, 1, 0), samples: 2 });
    expect(labelled.labels).toEqual(Int32Array.of(1, 1));
    expect(labelled.notes).toContain("All 2 samples are of class 1");
    const error = await rejectionOf(dataset(reader(3, null, 2), { labels: Int32Array.of(1) }));
    expect(error.code).toBe("labels-invalid");
    expect(error.problem).toBe("expected 3 labels, one a sample, got 1");
  });
});

describe("labels", () => {
  it("are classes from 0", () => {
    expect(toLabels(Float64Array.of(0, 9), 10, "y")).toEqual(Int32Array.of(0, 9));
    for (const wrong of [10, -1, 0.5, NaN]) {
      const error = errorOf(() => toLabels(Float64Array.of(0, wrong), 10, "y"));
      expect(error.code).toBe("labels-invalid");
      expect(error.problem).toBe(`label 1: expected a class from 0 to 9, got ${wrong}`);
    }
  });

  it("are found by name", () => {
    const table = new Map([
      ["a", 1],
      ["b", 0],
    ]);
    expect(labelsByName(table, ["b", "a"], "y")).toEqual(Float64Array.of(0, 1));
    expect(errorOf(() => labelsByName(table, ["c"], "y")).problem).toMatch(/a line for "c", got none among 2/);
  });

  it("come from names of folders", () => {
    expect([...folderClasses(["3", "7"]).values()]).toEqual([3, 7]);
    expect([...folderClasses(["cat", "dog"]).values()]).toEqual([0, 1]);
  });
});

describe("resizedSource", () => {
  const square = Array.from({ length: 16 }, (_, i) => 10 * i);

  it("crops and resizes planes and interleaved channels alike", async () => {
    const interleaved = sourceOf("uint8", [4, 4, 2], [square.flatMap((value) => [value, 200 - value])]);
    const planes = sourceOf("uint8", [2, 4, 4], [[...square, ...square.map((value) => 200 - value)]]);
    const settings = { crop: [2, 2] as [number, number] };
    const last = new Float64Array(8);
    const first = new Float64Array(8);
    const resizedLast = resizedSource(interleaved, settings, "NHWC");
    const resizedFirst = resizedSource(planes, settings, "NCHW");
    await resizedLast.read(0, last);
    await resizedFirst.read(0, first);
    expect([resizedLast.dims, resizedFirst.dims]).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
    expect([...last]).toEqual([50, 150, 60, 140, 90, 110, 100, 100]);
    expect([...first]).toEqual([50, 60, 90, 100, 150, 140, 110, 100]);
  });

  it("asks for the layout it needs, and for a crop that fits", () => {
    const source = sourceOf("uint8", [4, 4, 2], [[]]);
    expect(errorOf(() => resizedSource(source, { resize: 2 }, null)).remedy).toMatch(/Set layout/);
    expect(errorOf(() => resizedSource(source, { crop: [5, 4] }, "NHWC")).problem).toBe(
      "expected at least 5×4 pixels to crop, got 4×4",
    );
  });
});

describe("randomDataset", () => {
  const input = inputOf("float32", null, 1000);

  it("is marked, repeatable and the same in any order", async () => {
    const random = randomDataset([input], 4, 1);
    expect(random).toMatchObject({ count: 4, random: true, labels: null });
    expect(random.notes[0]).toMatch(/Random numbers \(seed 1\)/);
    const all = (await random.read(0, 4))["x"].data;
    expect((await random.read(2, 1))["x"].data).toEqual(all.slice(2000, 3000));
    expect((await randomDataset([input], 4, 1).read(0, 4))["x"].data).toEqual(all);
    expect((await randomDataset([input], 4, 2).read(0, 4))["x"].data).not.toEqual(all);
  });

  it("is normal for floats and in range for integers", async () => {
    const data = Array.from((await randomDataset([input], 4, 7).read(0, 4))["x"].data, Number);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length - 1)).toBeLessThan(0.1);
    const bytes = (await randomDataset([inputOf("int8", null, 4000)], 1, 7).read(0, 1))["x"].data;
    expect([Math.min(...Array.from(bytes, Number)), Math.max(...Array.from(bytes, Number))]).toEqual([-128, 127]);
    const indices = (await randomDataset([inputOf("int64", 1, 100)], 1, 7).read(0, 1))["x"].data;
    expect(new Set(Array.from(indices, Number))).toEqual(new Set([0, 1]));
  });

  it("needs every size but the first", () => {
    expect(errorOf(() => randomDataset([inputOf("float32", null, 3, null)], 1, 1)).problem).toMatch(
      /the input is \?×3×\?/,
    );
  });
});

describe("calibrationSettings", () => {
  it("gives every input its own fields before the common ones", () => {
    const settings = calibrationSettings.parse({
      data: { a: "a.npy", b: { path: "b.npy", scale: 2 } },
      scale: 3,
      mean: [1, 2],
    });
    const byName = inputSettings(settings);
    expect(byName?.get("a")).toMatchObject({ path: "a.npy", preprocessing: { scale: 3 } });
    expect(byName?.get("b")).toMatchObject({ path: "b.npy", preprocessing: { scale: 2, mean: [1, 2] } });
  });

  it.each([{ std: 0 }, { std: [1, -1] }, { samples: 0 }, { layout: "NCWH" }, { resize: [0, 4] }, { sacle: 1 }])(
    "refuses %j",
    (wrong) => {
      expect(calibrationSettings.safeParse({ data: "x.npy", ...wrong }).success).toBe(false);
    },
  );
});

describe("modelInput", () => {
  it("takes ONNX's names and marks open dimensions", () => {
    expect(modelInput({ name: "i", type: "float", shape: ["N", 3, ""] })).toEqual({
      name: "i",
      type: "float32",
      shape: [null, 3, null],
    });
    expect(modelInput({ name: "i", type: "double", shape: null }).type).toBe("float64");
    expect(errorOf(() => modelInput({ name: "i", type: "string", shape: null })).code).toBe("data-invalid");
  });
});
