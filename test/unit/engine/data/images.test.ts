import { encode as encodePng, type ImageData } from "fast-png";
import { zlibSync } from "fflate";
import { encode as encodeJpeg } from "jpeg-js";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../../src/engine/data/images/decode";
import { withChannels } from "../../../../src/engine/data/images/image";
import { cropCentre, resize, resizedSize } from "../../../../src/engine/data/images/resample";
import { errorOf } from "./samples";

const RGB = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90);

/** Writes a 32-bit number into a chunk's content, 8 bytes before which it begins. */
function patched(png: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = Uint8Array.from(png);
  new DataView(copy.buffer).setUint32(offset, value);
  return copy;
}

function png(image: ImageData, interlace: "null" | "Adam7" = "null"): Uint8Array {
  return encodePng(image, { interlace });
}

describe("PNG", () => {
  it.each(["null", "Adam7"] as const)("reads RGB, interlaced: %s", (interlace) => {
    expect(decodeImage(png({ width: 3, height: 2, data: RGB, channels: 3 }, interlace))).toEqual({
      width: 3,
      height: 2,
      channels: 3,
      data: RGB,
    });
  });

  it("drops transparency and the lower bytes of 16 bits", () => {
    const alpha = png({ width: 1, height: 2, channels: 4, data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 128) });
    expect(decodeImage(alpha)).toMatchObject({ channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    const grey = png({ width: 2, height: 1, channels: 2, data: Uint8Array.of(7, 0, 8, 255) });
    expect(decodeImage(grey)).toMatchObject({ channels: 1, data: Uint8Array.of(7, 8) });
    const deep = png({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(0x1234, 0xffff) });
    expect(decodeImage(deep)).toMatchObject({ channels: 1, data: Uint8Array.of(0x12, 0xff) });
  });

  it("spreads 1-bit grey over the full range, and looks colours up", () => {
    const bits = handMadePng({ width: 3, height: 2, depth: 1, colour: 0 }, Uint8Array.of(0, 0b10100000, 0, 0b01000000));
    expect(decodeImage(bits)).toMatchObject({ channels: 1, data: Uint8Array.of(255, 0, 255, 0, 255, 0) });
    const palette = chunk("PLTE", Uint8Array.of(1, 2, 3, 4, 5, 6));
    const indexed = handMadePng({ width: 3, height: 1, depth: 2, colour: 3 }, Uint8Array.of(0, 0b01000100), palette);
    expect(decodeImage(indexed)).toMatchObject({ channels: 3, data: Uint8Array.of(4, 5, 6, 1, 2, 3, 4, 5, 6) });
  });

  it("refuses what declares too much, packs too much or too little, or ends too soon", () => {
    const good = png({ width: 3, height: 2, data: RGB, channels: 3 });
    const problem = (bytes: Uint8Array): string => errorOf(() => decodeImage(bytes)).problem;
    expect(problem(patched(good, 16, 1_000_000))).toMatch(/declares 1000000×2 pixels|fewer pixels/);
    expect(problem(patched(good, 20, 60_000_000))).toMatch(/declares 3×60000000 pixels/);
    expect(problem(good.subarray(0, good.length - 20))).toMatch(/ends/);
    expect(problem(good.subarray(0, 8))).toMatch(/ends before the image/);
    const size = { width: 2, height: 2, depth: 8, colour: 0 };
    expect(problem(handMadePng(size, new Uint8Array(50_000_000)))).toMatch(/more pixels are packed/);
    expect(problem(handMadePng(size, new Uint8Array(3)))).toMatch(/fewer pixels are packed/);
    expect(problem(handMadePng({ ...size, depth: 4, interlace: 1 }, new Uint8Array(8)))).toMatch(/interlaced/);
    expect(problem(handMadePng({ ...size, colour: 5 }, new Uint8Array(8)))).toMatch(/colour type 5/);
  });
});

describe("JPEG", () => {
  const rgba = new Uint8Array(16 * 16 * 4).fill(100);
  const jpeg = Uint8Array.from(encodeJpeg({ width: 16, height: 16, data: rgba }, 95).data);

  it("reads colours", () => {
    const image = decodeImage(jpeg);
    expect(image).toMatchObject({ width: 16, height: 16, channels: 3 });
    expect(image.data.every((value) => Math.abs(value - 100) <= 2)).toBe(true);
  });

  it("refuses sizes beyond the limit and files that end too soon", () => {
    const frame = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xc0);
    const huge = jpeg.with(frame + 5, 0xff).with(frame + 7, 0xff);
    expect(errorOf(() => decodeImage(huge)).code).toBe("data-invalid");
    expect(errorOf(() => decodeImage(jpeg.subarray(0, frame))).code).toBe("data-invalid");
    expect(errorOf(() => decodeImage(Uint8Array.of(1, 2, 3))).problem).toMatch(/not a PNG, JPEG or BMP/);
  });
});

describe("BMP", () => {
  it("reads 24 bits bottom up and 32 bits top down", () => {
    const rows24 = Uint8Array.of(3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0);
    expect(decodeImage(bmp(2, 2, 24, rows24)).data).toEqual(Uint8Array.of(7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6));
    const rows32 = Uint8Array.of(3, 2, 1, 0, 6, 5, 4, 0);
    expect(decodeImage(bmp(1, -2, 32, rows32)).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  it("looks colours up in a palette", () => {
    const palette = Uint8Array.of(30, 20, 10, 0, 60, 50, 40, 0);
    expect(decodeImage(bmp(3, 1, 1, Uint8Array.of(0b01000000, 0, 0, 0), palette)).data).toEqual(
      Uint8Array.of(10, 20, 30, 40, 50, 60, 10, 20, 30),
    );
    const error = errorOf(() => decodeImage(bmp(1, 1, 8, Uint8Array.of(2, 0, 0, 0), palette)));
    expect(error.problem).toMatch(/no colour in the palette/);
  });

  it("refuses sizes that the file does not hold, and compressed ones", () => {
    expect(errorOf(() => decodeImage(bmp(2, 3, 24, new Uint8Array(16)))).problem).toMatch(/ends before the image/);
    expect(errorOf(() => decodeImage(bmp(70_000, 70_000, 24, new Uint8Array(16)))).problem).toMatch(
      /declares 70000×70000/,
    );
    expect(errorOf(() => decodeImage(bmp(2, 2, 16, new Uint8Array(16)))).problem).toMatch(/16 bits/);
    expect(errorOf(() => decodeImage(bmp(2, 2, 8, new Uint8Array(16)).with(30, 1))).problem).toMatch(/compression 1/);
    expect(errorOf(() => decodeImage(Uint8Array.of(0x42, 0x4d, 1))).problem).toMatch(/inside its header/);
  });
});

describe("channels and sizes", () => {
  it("weighs red, green and blue by luma", () => {
    const image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 100, 200) } as const;
    expect(withChannels(image, 1).data).toEqual(Uint8Array.of(76, 82));
    expect(withChannels({ width: 1, height: 1, channels: 1, data: Uint8Array.of(9) }, 3).data).toEqual(
      Uint8Array.of(9, 9, 9),
    );
  });

  it("keeps proportions where one side is given", () => {
    expect(resizedSize([300, 400], 150)).toEqual([150, 200]);
    expect(resizedSize([300, 400], [10, 20])).toEqual([10, 20]);
    expect(resizedSize([300, 400], undefined)).toEqual([300, 400]);
  });

  it("averages over all pixels when it shrinks, and interpolates when it grows", () => {
    const ramp = { height: 1, width: 8, channels: 1, data: Float64Array.from({ length: 8 }, (_, i) => i) };
    const half = resize(ramp, [1, 4]).data;
    [5 / 7, 2.5, 4.5, 44 / 7].forEach((expected, i) => expect(half[i]).toBeCloseTo(expected, 12));
    const grown = resize({ height: 2, width: 1, channels: 1, data: Float64Array.of(0, 4) }, [4, 1]).data;
    expect([...grown]).toEqual([0, 1, 3, 4]);
  });

  it("keeps a flat image flat, channels apart", () => {
    const flat = {
      height: 7,
      width: 5,
      channels: 2,
      data: Float64Array.from({ length: 70 }, (_, i) => (i % 2 === 0 ? 3 : 8)),
    };
    for (const size of [
      [3, 2],
      [11, 13],
    ] as const) {
      resize(flat, size).data.forEach((value, i) => expect(value).toBeCloseTo(i % 2 === 0 ? 3 : 8, 9));
    }
  });

  it("crops the middle", () => {
    const pixels = { height: 3, width: 4, channels: 1, data: Float64Array.from({ length: 12 }, (_, i) => i) };
    expect([...cropCentre(pixels, [1, 2]).data]).toEqual([5, 6]);
  });
});

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlace?: number;
}

/** A PNG file around filtered rows; checksums are not filled in. */
function handMadePng(
  { width, height, depth, colour, interlace = 0 }: Header,
  rows: Uint8Array,
  extra: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([depth, colour, 0, 0, interlace], 8);
  return joined(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    extra,
    chunk("IDAT", zlibSync(rows)),
    chunk("IEND", new Uint8Array(0)),
  );
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const whole = joined(new Uint8Array(4), new TextEncoder().encode(type), content, new Uint8Array(4));
  return patched(whole, 0, content.length);
}

function bmp(width: number, height: number, bits: number, rows: Uint8Array, palette = new Uint8Array(0)): Uint8Array {
  const header = new Uint8Array(54);
  const view = new DataView(header.buffer);
  header.set([0x42, 0x4d]);
  view.setUint32(10, 54 + palette.length, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  view.setUint32(46, palette.length / 4, true);
  return joined(header, palette, rows);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
