import { describe, expect, it } from "vitest";
import { newestReport, shareFiles } from "../../../src/extension/kept-report";

const HEADER = "/w/firmware/m_weights.h";
const SOURCE = "/w/firmware/m_weights.c";

const report = (name: string, keptAt: number, ...files: string[]) => ({ view: { name, files }, keptAt });

describe("reports that share a file", () => {
  it("are of runs that wrote the same path", () => {
    expect(shareFiles({ files: [HEADER, SOURCE] }, { files: [SOURCE] })).toBe(true);
    expect(shareFiles({ files: [HEADER] }, { files: ["/w/other/m_weights.h"] })).toBe(false);
    expect(shareFiles({ files: [] }, { files: [HEADER] })).toBe(false);
  });
});

describe("the report that a new window shows", () => {
  const byHand = (keptAt: number) => report("by hand", keptAt, HEADER, SOURCE);
  const newest = (...args: Parameters<typeof newestReport<ReturnType<typeof report>["view"]>>) =>
    newestReport(...args).name;

  it("is the recipe's, where it has written the same files since", () => {
    expect(newest(byHand(1), [report("recipe", 2, HEADER, SOURCE)])).toBe("recipe");
    expect(newest(byHand(1), [report("recipe without the source", 2, HEADER)])).toBe("recipe without the source");
  });

  it("is the quantization by hand, where that wrote over the recipe's files", () => {
    expect(newest(byHand(3), [report("recipe", 2, HEADER, SOURCE)])).toBe("by hand");
  });

  it("is not that of a recipe that writes other files, however new", () => {
    expect(newest(byHand(1), [report("other", 5, "/w/other/m_weights.h"), report("none", 6)])).toBe("by hand");
  });

  it("is the newest of several", () => {
    const recipes = [report("header", 3, HEADER), report("source", 5, SOURCE), report("old", 2, SOURCE)];
    expect(newest(byHand(1), recipes)).toBe("source");
  });

  it("is the quantization where there are no recipes", () => {
    expect(newest(byHand(1), [])).toBe("by hand");
  });
});
