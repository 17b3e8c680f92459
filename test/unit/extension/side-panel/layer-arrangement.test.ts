import { expect, test } from "vitest";
import {
  arrangedLayers,
  EVERY_LAYER,
  type LayerArrangement,
} from "../../../../src/extension/side-panel/layer-arrangement";
import { sampleLayer } from "../../webview/sample-report";

const LOW = 30;

const LAYERS = [
  sampleLayer({ name: "a", op: "Conv", bytes: 10 }, { sqnrDb: 42 }),
  sampleLayer({ name: "b", op: "Gemm", bytes: 500 }, { sqnrDb: 12 }),
  sampleLayer({ name: "c", op: "Conv", bytes: 80, scheme: "float", settings: null }, { sqnrDb: null, exact: true }),
  sampleLayer({ name: "d", op: "Conv", bytes: 80 }, { sqnrDb: null, exact: true }),
  sampleLayer({ name: "e", op: "Conv", bytes: 20 }, { sqnrDb: 29 }),
];

function names(arrangement: Partial<LayerArrangement>): string {
  const indices = arrangedLayers(LAYERS, { ...EVERY_LAYER, order: "graph", ...arrangement }, LOW);
  return indices.map((index) => LAYERS[index].name).join("");
}

test("layers come as in the model, by SQNR with the noisiest first, or by size with the largest first", () => {
  expect(names({})).toBe("abcde");
  expect(names({ order: "sqnr" })).toBe("beadc");
  expect(names({ order: "size" })).toBe("bcdea");
});

test("operators and low SQNR narrow the list, one by one and together", () => {
  expect(names({ operators: ["Conv"] })).toBe("acde");
  expect(names({ lowOnly: true })).toBe("be");
  expect(names({ lowOnly: true, operators: ["Conv", "Gather"], order: "sqnr" })).toBe("e");
  expect(names({ operators: ["Gather"] })).toBe("");
});
