import { expect, test } from "vitest";
import { savedComparisonSchema } from "../../../src/protocol/report-comparison-page";
import { moved } from "../../../webview/shared/keys";
import { initialLayer, stateOf } from "../../../webview/report/state";
import { sampleLayer, sampleSnapshot } from "./sample-report";

const float = sampleLayer({ scheme: "float" }, { sqnrDb: null });
const exact = sampleLayer({}, { sqnrDb: null, exact: true });
const layers = [float, exact, sampleLayer({}, { sqnrDb: 35 }), sampleLayer({}, { sqnrDb: 20 })];
const nothing = stateOf(undefined);

test("saved state of another form is no state", () => {
  for (const saved of [
    undefined,
    null,
    7,
    "x",
    [],
    { layer: -1, sort: 3 },
    { layer: 1.5 },
    { layer: "1", sha256: 1 },
    { open: "notes", scroll: "7" },
    { open: [1, null], scroll: -1 },
    { scroll: Infinity },
  ]) {
    expect(stateOf(saved)).toEqual({ sort: null, sha256: "", layer: null, open: [], scroll: 0 });
  }
});

test("what was saved is read back", () => {
  const saved = {
    sort: { column: "kl", direction: "descending" as const },
    sha256: "ab",
    layer: 2,
    open: ["notes"],
    scroll: 120,
  };
  expect(stateOf(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
});

test("the state of two compared reports is where they are, never what they hold", () => {
  const sources = { before: { kind: "run", id: 3 }, after: { kind: "file", uri: "file:///w/a.json" } };
  expect(savedComparisonSchema.parse({ sources, sort: null }).sources).toEqual(sources);
  for (const saved of [
    undefined,
    {},
    { sources: { before: { kind: "run", id: 0 }, after: sources.after } },
    { sources: { ...sources, before: { kind: "file", uri: "x".repeat(5_000) } } },
    { sources: { ...sources, report: {} } },
  ]) {
    expect(savedComparisonSchema.safeParse(saved).success).toBe(false);
  }
});

test("the extension's layer wins, then the one seen last of this model, then the one of lowest SQNR", () => {
  const snapshot = sampleSnapshot(layers);
  const seen = { ...nothing, sha256: snapshot.report.model.sha256, layer: 2 };
  expect(initialLayer(sampleSnapshot(layers, { selectedLayer: 1 }), seen)).toBe(1);
  expect(initialLayer(snapshot, seen)).toBe(2);
  expect(initialLayer(snapshot, { ...seen, sha256: "other" })).toBe(3);
  expect(initialLayer(snapshot, { ...seen, layer: 4 })).toBe(3);
  expect(initialLayer(snapshot, nothing)).toBe(3);
});

test("a report without noise starts with its first layer, one without layers with none", () => {
  expect(initialLayer(sampleSnapshot([float, exact]), nothing)).toBe(0);
  expect(initialLayer(sampleSnapshot([]), nothing)).toBeNull();
});

test("keys move within the list", () => {
  expect(moved("ArrowDown", 1, 3)).toBe(2);
  expect(moved("ArrowRight", 3, 3)).toBe(3);
  expect(moved("ArrowUp", 0, 3)).toBe(0);
  expect(moved("Home", 2, 3)).toBe(0);
  expect(moved("End", 2, 3)).toBe(3);
  expect(moved("a", 2, 3)).toBeUndefined();
});
