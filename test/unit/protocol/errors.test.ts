import { describe, expect, it } from "vitest";
import { BitwrightError, shownName } from "../../../src/protocol/errors";

const HOSTILE = "a\u001b[31mb\u202ec\u0007d\u2028e\ud800f\u0085g";
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe("BitwrightError", () => {
  it("escapes what could steer a terminal, in problem, remedy and place", () => {
    const place = { model: HOSTILE, layer: HOSTILE, field: HOSTILE };
    const error = new BitwrightError("model-invalid", `no ${HOSTILE}`, `Rename ${HOSTILE}`, place);
    for (const text of [error.problem, error.remedy, error.message]) expect(text).not.toMatch(INVISIBLE);
    expect(error.problem).toContain("a\\u{1b}[31mb\\u{202e}c\\u{7}d");
  });

  it("puts what spans lines on one", () => {
    const { problem } = new BitwrightError("runtime-failed", "it says\r\n\tno\nand stops", "");
    expect(problem).toBe("it says no and stops");
  });

  it("bounds the length of what is quoted", () => {
    const error = new BitwrightError("model-invalid", "\u0000".repeat(10_000_000), "x".repeat(10_000_000));
    expect(error.problem).toHaveLength(1000);
    expect(error.remedy).toHaveLength(1000);
    expect(error.remedy.endsWith("x…")).toBe(true);
  });

  it("stays the same over borders and with more of its place", () => {
    const error = new BitwrightError("model-invalid", `${HOSTILE} `.repeat(200), HOSTILE, { field: "f" });
    const further = BitwrightError.fromJSON(error.within({ model: "m.onnx" }).toJSON());
    expect(further.problem).toBe(error.problem);
    expect(further.remedy).toBe(error.remedy);
    expect(further.message.startsWith("m.onnx, f: ")).toBe(true);
  });

  it("leaves ordinary text as it is", () => {
    const { message } = new BitwrightError("model-empty", "die Datei “größe.onnx” ist leer", "Export again — 再び");
    expect(message).toBe("Die Datei “größe.onnx” ist leer. Export again — 再び.");
  });
});

describe("shownName", () => {
  it("escapes and cuts", () => {
    expect(shownName("w\n")).toBe("w\\u{a}");
    expect(shownName("n".repeat(200))).toBe(`${"n".repeat(80)}…`);
  });
});
