import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { LayerNames } from "../../../../src/engine/emit/layer-names";
import { namesInReport } from "../../../../src/engine/emit/report-names";
import { runPipeline } from "../../../../src/engine/pipeline";
import { parseRecipe } from "../../../../src/engine/recipe";
import { arraysIn, findLayer, layerOfSection } from "../../../../src/extension/c-side/find-layer";
import type { Report } from "../../../../src/protocol/report";
import { modelSource, node, randomTensor, value } from "../../engine/onnx/model-builder";

const LAYERS = ["head", "tail*/", "kept", "tied"];

/** "tied" has the weights of "head", "kept" stays float, and one name would end a comment. */
const source = modelSource({
  nodes: [
    node("MatMul", ["x", "w1"], ["a"], {}, "head"),
    node("MatMul", ["a", "w2"], ["b"], {}, "tail*/"),
    node("MatMul", ["b", "w3"], ["c"], {}, "kept"),
    node("MatMul", ["c", "w1"], ["y"], {}, "tied"),
  ],
  initializers: [randomTensor("w1", [8, 8], 1), randomTensor("w2", [8, 8], 2), randomTensor("w3", [8, 8], 3)],
  inputs: [value("x", ["N", 8])],
  outputs: [value("y", ["N", 8])],
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface Written {
  readonly report: Report;
  readonly names: readonly (LayerNames | null)[];
  readonly files: ReadonlyMap<string, string>;
}

async function written(output: object): Promise<Written> {
  const recipe = parseRecipe({
    model: "m.onnx",
    layers: { kept: { keep: "float" } },
    output: { directory: "gen", name: "My net", ...output },
  });
  const { report, artifacts } = await runPipeline(source, recipe, { generatorVersion: "0.0.0", sha256 });
  const files = artifacts.map(({ path, bytes }): [string, string] => [path, new TextDecoder().decode(bytes)]);
  return { report, names: namesInReport(report), files: new Map(files) };
}

/** The line that a layer is found in. */
function lineOf(text: string, names: LayerNames | null | undefined, name: string): string | undefined {
  const range = findLayer(text, names ?? null, name);
  return range && text.slice(range.offset).split("\n", 1)[0];
}

describe("layers in files of weights", () => {
  let split: Written;
  let header: Written;
  beforeAll(async () => {
    split = await written({});
    header = await written({ files: "header" });
  });

  it("are found where their codes are declared and defined", () => {
    expect(split.report.layers.map(({ name }) => name)).toEqual(LAYERS);
    const [declaring = "", defining = ""] = ["My_net_weights.h", "My_net_weights.c"].map((path) =>
      split.files.get(path),
    );
    expect(lineOf(declaring, split.names[0], "head")).toMatch(/^my_net_head_weights\[.*\];$/);
    expect(lineOf(defining, split.names[0], "head")).toMatch(/^my_net_head_weights\[.*\] = \{$/);
    expect(lineOf(defining, split.names[1], "tail*/")).toMatch(/^my_net_tail_weights\[.*\] = \{$/);
    const alone = header.files.get("My_net_weights.h") ?? "";
    expect(lineOf(alone, header.names[0], "head")).toMatch(/^my_net_head_weights\[.*\] = \{$/);
  });

  it("are found by the name that they give to another's codes, and not where they have none", () => {
    const declaring = split.files.get("My_net_weights.h") ?? "";
    expect(lineOf(declaring, split.names[3], "tied")).toMatch(/^my_net_tied_weights +my_net_head_weights$/);
    expect(split.names[2]).toBeNull();
    expect(lineOf(declaring, null, "kept")).toBeUndefined();
  });

  it("are told by every array of the file", () => {
    const known = split.names.flatMap((names) => (names === null ? [] : Object.values(names.arrays)));
    for (const text of split.files.values()) {
      const arrays = arraysIn(text);
      expect(arrays.length).toBeGreaterThan(2);
      for (const { name, offset, length } of arrays) {
        expect(known).toContain(name);
        expect(text.slice(offset, offset + length)).toBe(name);
      }
    }
  });
});

describe("layers in files of inference", () => {
  const text = `/* The tensors between the layers. */
static int8_t arena[NET_ARENA_BYTES];

/* head: MatMul, [1][8] to [1][8].
 * Input scale 1.
 */
static const int8_t head_weights[64] = {
    1, 2
};

/* tail* /: MatMul, [1][8] to [1][8].
 */
static const int8_t tail_weights[64] = {
    1, 2
};

static const int32_t tail_bias[8] = {
    1, 2
};
`;

  it("are found by the comment that heads them", () => {
    expect(lineOf(text, null, "tail*/")).toBe("/* tail* /: MatMul, [1][8] to [1][8].");
    expect(lineOf(text, null, "tail")).toBeUndefined();
  });

  it("own the arrays of their section", () => {
    const owner = (array: string): number | undefined => layerOfSection(text, array, LAYERS);
    expect([owner("head_weights"), owner("tail_weights"), owner("tail_bias")]).toEqual([0, 1, 1]);
    expect(owner("arena")).toBeUndefined();
    expect(owner("other")).toBeUndefined();
  });
});
