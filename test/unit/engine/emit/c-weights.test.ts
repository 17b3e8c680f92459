import { describe, expect, it } from "vitest";
import { BANNER_MARK, isOwnFile } from "../../../../src/engine/emit/banner";
import { CText } from "../../../../src/engine/emit/c-text";
import { emitWeights } from "../../../../src/engine/emit/c-weights";
import { canonicalJson } from "../../../../src/engine/emit/canonical-json";
import { layerFlashBytes, layerFloatBytes } from "../../../../src/engine/emit/flash";
import { BitwrightError } from "../../../../src/protocol/errors";
import { convLayout, denseLayout, emission, syntheticLayer } from "../../../firmware/synthetic";

const decoder = new TextDecoder();
const conv = syntheticLayer({
  name: "conv",
  layout: convLayout([2, 3, 1, 1]),
  bits: 8,
  granularity: "channel",
  seed: 1,
});
const dense = syntheticLayer({ name: "fc", layout: denseLayout(3, 2), bits: 12, granularity: "tensor", seed: 2 });
const wide = syntheticLayer({ name: "wide", layout: denseLayout(3, 2), bits: 16, granularity: "tensor", seed: 2 });

function texts(...parameters: Parameters<typeof emission>): Record<string, string> {
  return Object.fromEntries(
    emitWeights(emission(...parameters)).map(({ path, bytes }) => [path, decoder.decode(bytes)]),
  );
}

describe("emitWeights", () => {
  it("writes a header and a source, or the header alone", () => {
    expect(Object.keys(texts([conv]))).toEqual(["synthetic_weights.c", "synthetic_weights.h"]);
    expect(Object.keys(texts([conv], { files: "header" }))).toEqual(["synthetic_weights.h"]);
  });

  it("opens every file with the banner by which it is known", () => {
    for (const files of ["split", "header"] as const) {
      for (const { bytes } of emitWeights(emission([conv, dense], { files }))) {
        expect(decoder.decode(bytes).split("\n")[0]).toContain(BANNER_MARK);
        expect(isOwnFile(bytes)).toBe(true);
      }
    }
  });

  it("gives the same bytes for the same input", () => {
    const twice = [emission([conv, dense]), emission([conv, dense])].map(emitWeights);
    expect(twice[0]).toEqual(twice[1]);
  });

  it("states the flash of all arrays beside that of float32", () => {
    // conv: 6 codes, 2 scales of 8 bytes, 2 biases; fc: 2 channels of 3 codes in 5 bytes, a scale as macros, 2 biases.
    const header = texts([conv, dense])["synthetic_weights.h"];
    expect(header).toContain("Flash: 48 bytes; in float32 the same would take 64 bytes (75.0 %).");
    expect(header).toMatch(/#define SYNTHETIC_FLASH_BYTES 48\n#define SYNTHETIC_FLOAT_BYTES 64\n/);
  });

  it("signs with the first 128 bits of the model's SHA-256", () => {
    const header = texts([conv], { modelSha256: "00112233445566778899aabbccddeeff".padEnd(64, "0") })[
      "synthetic_weights.h"
    ];
    expect(header).toContain('#define SYNTHETIC_SIGNATURE "00112233445566778899aabbccddeeff"');
    expect(header).toContain("0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77");
  });

  it("declares codes of 8 and 16 bits as integers and packs others, with the layout's dimensions", () => {
    const header = texts([conv, dense, wide])["synthetic_weights.h"];
    expect(header).toContain("extern const int8_t synthetic_conv_weights[SYNTHETIC_CONV_WEIGHT_COUNT];");
    expect(header).toContain("extern const int16_t synthetic_wide_weights[SYNTHETIC_WIDE_WEIGHT_COUNT];");
    expect(header).toContain("extern const uint8_t synthetic_fc_weights[SYNTHETIC_FC_WEIGHT_BYTES];");
    expect(header).toMatch(/#define SYNTHETIC_FC_CHANNEL_BYTES +5\n#define SYNTHETIC_FC_WEIGHT_BYTES +10\n/);
    expect(header).toMatch(/#define SYNTHETIC_CONV_DIM_I +3\n/);
    expect(header).toMatch(/#define SYNTHETIC_FC_DIM_O +2\n#define SYNTHETIC_FC_DIM_I +3\n/);
  });

  it("writes the model's own order where it is asked for", () => {
    const [first, second] = (["ohwi", "onnx"] as const).map((order) => {
      const source = texts([dense], { order, packing: "none" })["synthetic_weights.c"] ?? "";
      const [, body = ""] = /fc_weights\[\w+\] = \{([^}]*)\}/.exec(source) ?? [];
      return body.split(",").map(Number);
    });
    expect(first).toEqual([...dense.quantized.codes]);
    expect(second).toEqual([0, 3, 1, 4, 2, 5].map((index) => dense.quantized.codes[index]));
  });

  it("refers to the arrays of an earlier layer instead of repeating them", () => {
    const copy = { ...conv, name: "copy", sharedWith: "conv", bias: null };
    const files = texts([conv, copy]);
    expect(files["synthetic_weights.h"]).toMatch(/#define synthetic_copy_weights +synthetic_conv_weights\n/);
    expect(files["synthetic_weights.h"]).toMatch(/#define synthetic_copy_weight +synthetic_conv_weight\n/);
    expect(files["synthetic_weights.c"]).not.toContain("copy");
  });

  it("refuses to share with a layer that is not there", () => {
    expect(() => emitWeights(emission([{ ...conv, sharedWith: "none" }]))).toThrow(BitwrightError);
  });

  it("explains and defines what the layers of this file need, and no more", () => {
    const plain = texts([conv])["synthetic_weights.h"];
    expect(plain).not.toMatch(/Packed codes|Blocks|Half|Exponents|packed_pattern|signed_code/);
    const packed = texts([dense])["synthetic_weights.h"];
    expect(packed).toContain("Packed codes");
    expect(packed.match(/^static inline \w+ \w+/gm)).toEqual([
      "static inline uint32_t synthetic_packed_pattern",
      "static inline int32_t synthetic_signed_code",
      "static inline int32_t synthetic_fc_weight",
    ]);
    expect(texts([dense], { order: "onnx" })["synthetic_weights.h"]).not.toContain("packed_pattern");
  });

  it("says beside the palette of a mixture what its Gaussians are", () => {
    const settings = { scheme: "codebook-mixture", bits: 1, granularity: "tensor", seed: 4 } as const;
    const layer = syntheticLayer({ name: "mix", layout: denseLayout(16, 8), ...settings });
    const source = texts([layer])["synthetic_weights.c"];
    expect(source.match(/^ +-?\d+,? +\/\* alpha 0\.\d+, mu -?0\.\d+, sigma 0\.\d+ \*\/$/gm)).toHaveLength(2);
  });

  it("says what stays float, and why", () => {
    const keptFloat = [{ name: "table", op: "Gather", parameters: 12, reason: "Its table is computed." }];
    expect(texts([conv], { keptFloat })["synthetic_weights.h"]).toContain(
      " *   table (Gather, 12 parameters): Its table is computed.",
    );
  });
});

describe("CText", () => {
  it("aligns columns and prints the extremes of int32", () => {
    const text = new CText();
    text.integers(Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1), 2, (start, end) => `${start} to ${end}`);
    expect(decoder.decode(text.bytes())).toBe(
      "    -2147483648,           0, /* 0 to 2 */\n     2147483647               /* 2 to 3 */\n",
    );
  });

  it("keeps every line within the width, and loses no element", () => {
    const values = Int16Array.from({ length: 70_000 }, (_, index) => index - 35_000);
    const text = new CText();
    text.integers(values);
    const printed = decoder.decode(text.bytes());
    expect(printed.trim().split(/,\s+/).map(Number)).toEqual([...values]);
    expect(Math.max(...printed.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe("flash", () => {
  it("counts codes, scale arrays and biases, and only biases where codes are shared", () => {
    expect(layerFlashBytes(conv.quantized, 2, false)).toBe(6 + 2 * 8 + 2 * 4);
    expect(layerFlashBytes(dense.quantized, 0, false)).toBe(2 * 5);
    expect(layerFlashBytes(dense.quantized, 0, false, "none")).toBe(12);
    expect(layerFlashBytes(conv.quantized, 2, true)).toBe(8);
    expect(layerFloatBytes(6, 2, false)).toBe(32);
    expect(layerFloatBytes(6, 2, true)).toBe(8);
  });
});

describe("isOwnFile", () => {
  it.each([
    ["/* Generated by Bitwright 1.0 */\nint x;", true],
    ['{\n  "generator": { "name": "bitwright", "version": "1.0" },', true],
    ['{\r\n  "generator": { "name": "bitwright", "version": "1.0" },', true],
    ["int x;\n/* Generated by Bitwright 1.0 */", false],
    ['{ "name": "bitwright" }', false],
    ["", false],
  ])("of %j is %s", (text, own) => {
    expect(isOwnFile(new TextEncoder().encode(text))).toBe(own);
  });
});

describe("canonicalJson", () => {
  it("sorts keys at every depth and keeps the order of arrays", () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 2], a: "x" })).toBe('{"a":"x","b":[{"c":null,"d":1},2]}');
  });
});
