import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commentText, blockComment, COMMENT_WIDTH } from "../../../../src/engine/emit/comments";
import { fileBaseName } from "../../../../src/engine/emit/file-names";
import { IdentifierScope, MAX_IDENTIFIER_LENGTH, toIdentifier } from "../../../../src/engine/emit/identifiers";
import {
  ARRAY_SUFFIXES,
  dimensionLabels,
  layerNames,
  MACRO_SUFFIXES,
  modelIdentifier,
} from "../../../../src/engine/emit/layer-names";
import { HOSTILE_NAMES } from "../../../firmware/synthetic";

/** Any text, rich in what comments, identifiers and paths mind. */
const anyName = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom("*", "/", "\\", "?", "\n", ".", "_", " ", "a", "9", "é"), maxLength: 300 }),
  fc.constantFrom(...HOSTILE_NAMES),
);

describe("toIdentifier", () => {
  it.each([
    ["/features/conv.0/Conv", "features_conv_0_conv"],
    ["int", "int_x"],
    ["co_await", "co_await_x"],
    ["9lives", "n9lives"],
    ["__reserved__", "reserved"],
    ["слой", "layer"],
    ["", "layer"],
  ])("makes %j into %s", (name, expected) => {
    expect(toIdentifier(name, "layer")).toBe(expected);
  });

  it("gives names that differ only late different hashes", () => {
    const a = toIdentifier("x".repeat(10_000), "layer");
    const b = toIdentifier(`${"x".repeat(9_999)}y`, "layer");
    expect(a).not.toBe(b);
    expect([a.length, b.length]).toEqual([MAX_IDENTIFIER_LENGTH, MAX_IDENTIFIER_LENGTH]);
  });

  it("is an unreserved identifier whatever the name", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const identifier = toIdentifier(name, "layer");
        expect(identifier).toMatch(/^[a-z](_?[a-z0-9])*$/);
        expect(identifier.length).toBeLessThanOrEqual(MAX_IDENTIFIER_LENGTH);
      }),
    );
  });
});

describe("IdentifierScope", () => {
  it("numbers equal names in order", () => {
    const scope = new IdentifierScope();
    const claimed = ["conv", "Conv", "conv_2", "conv"].map((name) => scope.claim(name, "layer", 40));
    expect(claimed).toEqual(["conv", "conv_2", "conv_2_2", "conv_3"]);
  });

  it("stays fast over very many equal names", () => {
    const scope = new IdentifierScope();
    const claimed = Array.from({ length: 50_000 }, () => scope.claim("слой", "layer", 40));
    expect(new Set(claimed).size).toBe(50_000);
    expect(claimed.at(-1)).toBe("layer_50000");
  });
});

describe("layerNames", () => {
  it("has no suffix that ends in another, so that no two layers meet", () => {
    for (const suffixes of [Object.values(ARRAY_SUFFIXES), [...Object.values(MACRO_SUFFIXES), "_DIM_O"]]) {
      for (const suffix of suffixes) {
        expect(suffixes.filter((other) => suffix.endsWith(other))).toEqual([suffix]);
      }
    }
  });

  it("keeps all names apart and within the significant length", () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 12 }), anyName, (names, baseName) => {
        const layers = names.map((name) => ({ name, op: "Conv" }));
        const all = layerNames(modelIdentifier(baseName), layers).flatMap(({ arrays, macros, dimension }) => [
          ...Object.values(arrays),
          ...Object.values(macros),
          dimension("O"),
        ]);
        expect(new Set(all).size).toBe(all.length);
        expect(Math.max(0, ...all.map((name) => name.length))).toBeLessThanOrEqual(MAX_IDENTIFIER_LENGTH);
      }),
    );
  });

  it("labels dimensions by letters where each has its own", () => {
    expect(dimensionLabels("OHWI", 4)).toEqual(["O", "H", "W", "I"]);
    expect(dimensionLabels("OHWI", 3)).toEqual(["0", "1", "2"]);
    expect(dimensionLabels("OO", 2)).toEqual(["0", "1"]);
    expect(dimensionLabels("*/", 2)).toEqual(["0", "1"]);
  });
});

describe("commentText", () => {
  it.each([
    ["*/ int x; /*", "* / int x; / *"],
    ["/*/", "/ * /"],
    ["??/", "? ?/"],
    ["a\\\nb", "a<U+005C><U+000A>b"],
    ["слой", "<U+0441><U+043B><U+043E><U+0439>"],
    ["\ud800", "<U+D800>"],
  ])("shows %j as %s", (name, expected) => {
    expect(commentText(name)).toBe(expected);
  });

  it("marks a cut", () => {
    expect(commentText("abcdef", 3)).toBe("abc...");
  });
});

describe("blockComment", () => {
  it("is one comment of ASCII lines whatever the names in it", () => {
    fc.assert(
      fc.property(fc.array(anyName, { minLength: 1, maxLength: 4 }), (names) => {
        const lines = blockComment(names.map((name) => commentText(name)));
        const text = lines.join("\n");
        expect(text).toMatch(/^[\n\x20-\x7e]*$/);
        expect(text.indexOf("*/")).toBe(text.length - 2);
        expect(text.lastIndexOf("/*")).toBe(0);
        expect(text).not.toMatch(/\\|\?\?/);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(COMMENT_WIDTH + 3);
      }),
    );
  });

  it("continues a line below the text after its label", () => {
    const words = "word ".repeat(30).trim();
    expect(blockComment([`Label    ${words}`, ""])[1]).toMatch(/^ \* {10}word/);
  });
});

describe("fileBaseName", () => {
  it.each([
    ["../../x", "x"],
    ["..", "model"],
    ["", "model"],
    ["C:\\models\\net", "C_models_net"],
    ["mnist-lenet5", "mnist-lenet5"],
    ["net.v2.", "net.v2"],
    ["con", "_con"],
    ["COM1.txt", "_COM1.txt"],
    ["консоль", "model"],
    ['a" -o /etc/x', "a_-o_etc_x"],
  ])("makes %j into %s", (name, expected) => {
    expect(fileBaseName(name)).toBe(expected);
  });

  it("is a plain name of bounded length whatever it is made from", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const base = fileBaseName(name);
        expect(base).toMatch(/^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?$/);
        expect(base).not.toContain("..");
        expect(base.length).toBeLessThanOrEqual(81);
      }),
    );
  });
});
