import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encode as encodePng } from "fast-png";
import { zipSync } from "fflate";
import { afterEach, describe, expect, it } from "vitest";
import type { ModelInput } from "../../../src/engine/data/dataset";
import type { CalibrationSettings } from "../../../src/engine/data/settings";
import { openDataset, type FileDataset } from "../../../src/runtime/dataset";
import { findDatasetCandidates } from "../../../src/runtime/dataset-candidates";
import { bytesOf, inputOf, npyFile, rejectionOf } from "../engine/data/samples";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();

/** A new folder with these files. */
function folderWith(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = mkdtempSync(join(scratch, "data-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const PAIR = inputOf("float32", null, 2);

const opened: FileDataset[] = [];

afterEach(async () => {
  for (const dataset of opened.splice(0)) await dataset.close();
});

async function open(folder: string, settings: CalibrationSettings, ...inputs: ModelInput[]): Promise<FileDataset> {
  const dataset = await openDataset(folder, settings, inputs.length === 0 ? [PAIR] : inputs, 10);
  opened.push(dataset);
  return dataset;
}

async function valuesOf(dataset: FileDataset, start = 0, count = dataset.count): Promise<number[]> {
  return Array.from((await dataset.read(start, count))["x"].data, Number);
}

/** `count` samples of two values, i and −i. */
function pairs(count: number): Float32Array {
  return Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2));
}

const npyPairs = (count: number): Uint8Array => npyFile("<f4", [count, 2], bytesOf(pairs(count)));
const npyLabels = (...labels: number[]): Uint8Array =>
  npyFile("<i8", [labels.length], bytesOf(BigInt64Array.from(labels, BigInt)));

function idx(type: number, dims: readonly number[], data: readonly number[]): Uint8Array {
  const header = new Uint8Array(4 + 4 * dims.length);
  header.set([0, 0, type, dims.length]);
  dims.forEach((size, axis) => new DataView(header.buffer).setUint32(4 + 4 * axis, size));
  return Uint8Array.from([...header, ...data]);
}

function png(value: number, width = 2, height = 2): Uint8Array {
  const data = new Uint8Array(width * height * 3).map((_, i) => value + (i % 3));
  return encodePng({ width, height, channels: 3, data });
}

describe("files of arrays", () => {
  const npz = (level: 0 | 6): Uint8Array => zipSync({ "x.npy": npyPairs(3), "y.npy": npyLabels(2, 0, 1) }, { level });

  it.each<[string, Uint8Array | string]>([
    ["a.npy", npyPairs(3)],
    ["a.npy.gz", gzipSync(npyPairs(3))],
    ["stored.npz", npz(0)],
    ["packed.npz", npz(6)],
    ["a.idx", idx(0x09, [3, 2], [0, 0, 1, 255, 2, 254])],
    ["a-idx2-byte.gz", gzipSync(idx(0x09, [3, 2], [0, 0, 1, 255, 2, 254]))],
    ["a.csv", "0,0\n1,-1\n2,-2"],
    ["header.csv", "\uFEFFa;b\r\n0;0\r\n\r\n1;-1\r\n2;-2\r\n"],
    ["a.tsv.gz", gzipSync("0\t0\n1\t-1\n2\t-2\n")],
  ])("reads %s, in any order", async (name, content) => {
    const dataset = await open(folderWith({ [name]: content }), { data: name });
    expect(dataset.count).toBe(3);
    expect(await valuesOf(dataset, 2, 1)).toEqual([2, -2]);
    expect((await valuesOf(dataset)).map((value) => value + 0)).toEqual([0, 0, 1, -1, 2, -2]);
  });

  it("reads raw files of a stated type, and asks for it", async () => {
    const folder = folderWith({ "a.bin": bytesOf(pairs(3)), "odd.bin": new Uint8Array(13) });
    expect(await valuesOf(await open(folder, { data: "a.bin", type: "float32" }))).toEqual([0, -0, 1, -1, 2, -2]);
    expect((await rejectionOf(open(folder, { data: "a.bin" }))).remedy).toMatch(/set type/);
    expect((await rejectionOf(open(folder, { data: "odd.bin", type: "float32" }))).problem).toBe(
      "expected a multiple of 8 bytes (2 of float32), got 13",
    );
    const dynamic = open(folder, { data: "a.bin", type: "float32" }, inputOf("float32", null, null));
    expect((await rejectionOf(dynamic)).problem).toMatch(/known shape/);
  });

  it("takes labels from the archive, from a list, or from a named array", async () => {
    const folder = folderWith({
      "d.npz": npz(6),
      "x.npy": npyPairs(3),
      "y.csv": "label\n4\n5\n6\n",
      "y.npy": npyLabels(7, 8, 9),
    });
    const inferred = await open(folder, { data: "d.npz" });
    expect(inferred.labels).toEqual(Int32Array.of(2, 0, 1));
    expect(inferred.notes).toEqual(['d.npz: array "y" is taken as labels']);
    expect((await open(folder, { data: "d.npz#x", labels: "y.csv" })).labels).toEqual(Int32Array.of(4, 5, 6));
    expect((await open(folder, { data: "x.npy", labels: "y.npy" })).labels).toEqual(Int32Array.of(7, 8, 9));
    expect((await open(folder, { data: "x.npy", labels: "d.npz" })).labels).toEqual(Int32Array.of(2, 0, 1));
    expect((await open(folder, { data: "x.npy" })).labels).toBeNull();
  });

  it("refuses labels out of range, too few, or of no use", async () => {
    const folder = folderWith({
      "x.npy": npyPairs(3),
      "far.npy": npyLabels(1, 2, 10),
      "few.npy": npyLabels(1, 2),
      "wide.npy": npyPairs(3),
      "words.csv": "cat\ndog\ncow\n",
    });
    for (const [labels, problem] of [
      ["far.npy", /label 2: expected a class from 0 to 9, got 10/],
      ["few.npy", /expected 3 labels, one a sample, got 2/],
      ["wide.npy", /expected a list of classes, got an array of 3×2/],
      ["words.csv", /line 2: expected a class, got "dog"/],
    ] as const) {
      const error = await rejectionOf(open(folder, { data: "x.npy", labels }));
      expect(error.code).toBe("labels-invalid");
      expect(error.problem).toMatch(problem);
    }
    expect((await rejectionOf(open(folder, { data: "x.npy", labels: "none.npy" }))).code).toBe("data-missing");
  });

  it("asks which array of an archive is meant", async () => {
    const folder = folderWith({ "two.npz": zipSync({ "a.npy": npyPairs(2), "b.npy": npyPairs(2) }) });
    const error = await rejectionOf(open(folder, { data: "two.npz" }));
    expect(error.code).toBe("data-shape");
    expect(error.message).toMatch(/got 2 that fit among "a", "b". Name it: two.npz#a/);
    expect((await open(folder, { data: "two.npz#b" })).count).toBe(2);
    expect((await rejectionOf(open(folder, { data: "two.npz#c" }))).problem).toMatch(/holds no array "c"/);
  });

  it("reads several inputs by name, or from one archive", async () => {
    const folder = folderWith({
      "a.npy": npyPairs(3),
      "b.npy": npyFile("|u1", [3, 1], Uint8Array.of(4, 5, 6)),
      "both.npz": zipSync({ "x.npy": npyPairs(3), "z.npy": npyFile("|u1", [3, 1], Uint8Array.of(4, 5, 6)) }),
    });
    const inputs = [PAIR, { ...inputOf("int32", null, 1), name: "z" }];
    for (const data of [{ x: "a.npy", z: { path: "b.npy", scale: 1 } }, "both.npz"]) {
      const feeds = await (await open(folder, { data }, ...inputs)).read(1, 2);
      expect(Array.from(feeds["x"].data, Number)).toEqual([1, -1, 2, -2]);
      expect(feeds["z"]).toEqual({ type: "int32", dims: [2, 1], data: Int32Array.of(5, 6) });
    }
    const problem = async (data: CalibrationSettings["data"] & {}): Promise<string> =>
      (await rejectionOf(open(folder, { data }, ...inputs))).problem;
    expect(await problem("a.npy")).toMatch(/has 2 inputs, "x", "z", and one path/);
    expect(await problem({ x: "a.npy" })).toMatch(/input "z" has no data/);
    expect(await problem({ x: "a.npy", z: "b.npy", w: "b.npy" })).toMatch(/no input "w"/);
  });
});

describe("broken and hostile files", () => {
  it.skipIf(process.platform === "win32")("refuses pipes, which would wait for a writer", async () => {
    const folder = folderWith({ "note.txt": "" });
    for (const name of ["x.npy", "x.npy.gz", "x.csv"]) {
      execFileSync("mkfifo", [join(folder, name)]);
      expect((await rejectionOf(open(folder, { data: name }))).code).toBe("data-missing");
    }
  });

  it("are refused by name, expected and got", async () => {
    const whole = npyPairs(3);
    const folder = folderWith({
      "cut.npy": whole.subarray(0, whole.length - 1),
      "huge.npy": npyFile("<f4", [2 ** 40, 2], bytesOf(pairs(1))),
      "wide.npy": npyFile("<f4", [1, 2 ** 40], bytesOf(pairs(1))),
      "cut.npz": zipSync({ "x.npy": whole }).subarray(0, 60),
      "cut.npy.gz": gzipSync(whole).subarray(0, 40),
      "other.npy": npyFile("<f4", [3, 3], new Uint8Array(36)),
      "nan.npy": npyFile("<f4", [2, 2], bytesOf(Float32Array.of(1, 2, NaN, 4))),
      "flat.npy": npyFile("<f4", [2, 2], bytesOf(Float32Array.of(5, 5, 5, 5))),
      "empty.csv": "\n\n",
      "ragged.csv": "1,2\n3\n",
      "text.txt": "a,b\n1,2\n3,x\n",
      "lfs.npy": "version https://git-lfs.github.com/spec/v1",
    });
    for (const [data, code, problem] of [
      ["cut.npy", "data-invalid", /declares 3×2 of float32, \d+ bytes, and it has/],
      ["huge.npy", "data-invalid", /declares 1099511627776×2/],
      ["wide.npy", "data-invalid", /declares/],
      ["cut.npz", "data-invalid", /archive cannot be read/],
      ["cut.npy.gz", "data-invalid", /cannot be unpacked/],
      ["other.npy", "data-shape", /expected samples of 2, got 3/],
      ["flat.npy", "data-constant", /got one and the same in all 2 samples/],
      ["empty.csv", "data-invalid", /empty/],
      ["ragged.csv", "data-invalid", /line 2 has 1 fields, expected 2/],
      ["lfs.npy", "data-invalid", /no .npy, .npz, IDX or CSV file/],
      ["none.npy", "data-missing", /does not exist/],
    ] as const) {
      const failed = open(folder, { data }).then((dataset) => dataset.read(0, dataset.count));
      const error = await rejectionOf(failed);
      expect(error.code).toBe(code);
      expect(error.problem).toMatch(problem);
      expect(error.message).toContain(data);
    }
    const late = await open(folder, { data: "nan.npy" });
    expect((await rejectionOf(late.read(0, 2))).problem).toMatch(
      /sample 1, value 0: expected a finite number, got NaN/,
    );
    const words = await open(folder, { data: "text.txt" });
    expect((await rejectionOf(words.read(1, 1))).problem).toMatch(/line 3, field 2 is "x"/);
  });

  it("have sizes that are checked before they are believed", async () => {
    const zip = zipSync({ "x.npy": npyPairs(3) });
    // The central directory's uncompressed size, 24 bytes into its entry.
    const entry = zip.findLastIndex((byte, at) => byte === 0x50 && zip[at + 1] === 0x4b && zip[at + 2] === 1);
    const lying = Uint8Array.from(zip);
    new DataView(lying.buffer).setUint32(entry + 24, 10, true);
    expect((await rejectionOf(open(folderWith({ "a.npz": lying }), { data: "a.npz" }))).code).toBe("data-invalid");
    const idxFile = idx(0x08, [2 ** 31, 2 ** 31], [1, 2, 3]);
    const folder = folderWith({ "a.idx": idxFile, "a.idx.gz": gzipSync(idxFile) });
    for (const data of ["a.idx", "a.idx.gz"]) {
      expect((await rejectionOf(open(folder, { data }))).problem).toMatch(/declares 2147483648×2147483648/);
    }
  });

  it("asks for data where there are none, and never makes them up", async () => {
    const error = await rejectionOf(open(scratch, {}));
    expect(error.code).toBe("data-missing");
    const random = await open(scratch, { random: true, samples: 4 });
    expect({ random: random.random, count: random.count }).toEqual({ random: true, count: 4 });
    expect((await rejectionOf(open(scratch, { random: true, data: "x.npy" }))).code).toBe("data-invalid");
  });
});

describe("folders", () => {
  const image = inputOf("float32", null, 3, 2, 2);

  it("read images by name, whatever their format is called", async () => {
    const folder = folderWith({ "b.png": png(20), "a.jpeg": png(10), "notes.md": "", ".hidden.png": png(1) });
    const dataset = await open(folder, { data: "." }, image);
    expect(await valuesOf(dataset)).toEqual([10, 11, 12, 20, 21, 22].flatMap((value) => Array<number>(4).fill(value)));
  });

  it("read sub-folders as classes, in turn", async () => {
    const files = { "cat/1.png": png(1), "cat/2.png": png(2), "dog/1.png": png(3), "empty/readme": "" };
    const dataset = await open(folderWith(files), { data: "." }, inputOf("float32", null, 1, 2, 2));
    expect(dataset.labels).toEqual(Int32Array.of(0, 1, 0));
    expect(dataset.notes).toContain('The 2 sub-folders are taken as classes: "cat" is 0, "dog" is 1');
    expect(await valuesOf(dataset, 1, 1)).toEqual([4, 4, 4, 4]);
  });

  it("read labels by file name", async () => {
    const folder = folderWith({
      "a.png": png(1),
      "b.png": png(2),
      "y.csv": "file,label\nb.png,5\nc.png,1\na.png,3\n",
      "bare.csv": "a.png,3\nb.png,5\n",
      "some.csv": "file,label\nb.png,5\n",
    });
    expect((await open(folder, { data: ".", labels: "y.csv" }, image)).labels).toEqual(Int32Array.of(3, 5));
    expect((await open(folder, { data: ".", labels: "bare.csv" }, image)).labels).toEqual(Int32Array.of(3, 5));
    expect((await rejectionOf(open(folder, { data: ".", labels: "some.csv" }, image))).problem).toMatch(
      /a line for "a.png"/,
    );
  });

  it("resize and crop images, and refuse mixed sizes", async () => {
    const folder = folderWith({ "a.png": png(1), "b.png": png(2, 4, 3) });
    expect((await rejectionOf(open(folder, { data: ".", samples: 2 }, image).then((d) => d.read(0, 2)))).problem).toBe(
      "expected 2×2 pixels as in the first image, got 3×4",
    );
    const resized = await open(folder, { data: ".", resize: [2, 2] }, image);
    expect((await valuesOf(resized, 1, 1)).slice(0, 4)).toEqual([2, 2, 2, 2]);
    const dynamic = await open(folder, { data: ".", resize: 8, crop: [4, 6] }, inputOf("float32", null, 3, null, null));
    expect((await dynamic.read(0, 2))["x"].dims).toEqual([2, 3, 4, 6]);
    const wrong = await rejectionOf(open(folder, { data: ".", resize: [3, 3] }, image));
    expect(wrong.message).toMatch(/expected samples of 3×2×2, got 3×3×3.*resize or crop/);
  });

  it("read .npy files, one sample each", async () => {
    const one = (value: number): Uint8Array => npyFile("<f4", [1, 2], bytesOf(Float32Array.of(value, -value)));
    const dataset = await open(folderWith({ "1.npy": one(1), "2.npy": one(2) }), { data: "." });
    expect(await valuesOf(dataset)).toEqual([1, -1, 2, -2]);
    const mixed = await open(folderWith({ "1.npy": one(1), "2.npy": npyPairs(3) }), { data: "." });
    expect((await rejectionOf(mixed.read(0, 2))).problem).toMatch(/expected 1×2 of float32 .* got 3×2 of float32/);
  });

  it("name the file that is broken, and refuse folders of two kinds or none", async () => {
    const broken = await open(folderWith({ "a.png": png(1), "b.png": "text" }), { data: "." }, image);
    const error = await rejectionOf(broken.read(1, 1));
    expect(error).toMatchObject({ code: "data-invalid", place: { field: "b.png" } });
    const both = folderWith({ "a.png": png(1), "a.npy": npyPairs(1) });
    expect((await rejectionOf(open(both, { data: "." }, image))).problem).toMatch(/1 images and 1 .npy files/);
    expect((await rejectionOf(open(folderWith({ a: "" }), { data: "." }, image))).code).toBe("data-missing");
  });
});

describe("digest", () => {
  it("changes with data and labels, and not with their place", async () => {
    const digest = async (files: Readonly<Record<string, Uint8Array>>): Promise<string> => {
      const labels = "y.npy" in files ? { labels: "y.npy" } : {};
      return (await open(folderWith(files), { data: "x.npy", ...labels })).digest();
    };
    const first = await digest({ "x.npy": npyPairs(3) });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await digest({ "x.npy": npyPairs(3) })).toBe(first);
    expect(await digest({ "x.npy": npyPairs(4) })).not.toBe(first);
    expect(await digest({ "x.npy": npyPairs(3), "y.npy": npyLabels(1, 2, 3) })).not.toBe(first);
  });
});

describe("findDatasetCandidates", () => {
  it("offers what fits the model, a few levels deep", async () => {
    const images = Object.fromEntries(["1", "2", "3", "4"].map((name) => [`pictures/${name}.png`, png(1)]));
    const folder = folderWith({
      "x.npy": npyFile("|u1", [3, 2, 2, 3], new Uint8Array(36)),
      "y.npy": npyLabels(1, 2, 3),
      "deep/er/d.npz": zipSync({ "images.npy": npyFile("|u1", [1, 2, 2, 3], new Uint8Array(12)) }),
      "node_modules/x.npy": npyFile("|u1", [3, 2, 2, 3], new Uint8Array(36)),
      "broken.npy": "text",
      "table.csv": "1,2\n",
      ...images,
    });
    symlinkSync(folder, join(folder, "loop"));
    expect(await findDatasetCandidates(folder, [inputOf("float32", null, 3, 2, 2)])).toEqual([
      { path: "deep/er/d.npz", kind: "archive" },
      { path: "pictures", kind: "images" },
      { path: "x.npy", kind: "array" },
    ]);
    expect(await findDatasetCandidates(folder, [PAIR])).toEqual([{ path: "table.csv", kind: "table" }]);
  });
});
