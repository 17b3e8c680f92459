import { describe, expect, it } from "vitest";
import { checkLayerRules, choiceFor, parseRecipe, parseRecipeFile } from "../../../src/engine/recipe";
import { recipeForBanner } from "../../../src/engine/recipe-for-banner";
import { withoutUnread } from "../../../src/engine/recipe-limits";
import { SCHEMES } from "../../../src/engine/schemes/registry";
import { errorOf } from "../caught";

const minimal = { model: "m.onnx", output: { directory: "firmware" } };

describe("parseRecipe", () => {
  it("fills in every default", () => {
    expect(parseRecipe(minimal)).toEqual({
      model: "m.onnx",
      weights: { scheme: "symmetric", bits: 8, granularity: "channel", clip: "max", rounding: "half-even" },
      equalize: "none",
      equalizeMax: 16,
      relu6: "exact",
      biasCorrection: "none",
      operators: {},
      layers: {},
      output: {
        directory: "firmware",
        emit: ["weights"],
        onnxWeights: "bytes",
        requantization: "onnxruntime",
        build: [],
        backend: "portable",
        optimize: "speed",
        files: "split",
        packing: "dense",
        order: "ohwi",
      },
    });
  });

  it.each<[string, object, string, string]>([
    ["an unknown field", { ...minimal, wieghts: {} }, "recipe-invalid", "wieghts"],
    ["an unknown field inside", { ...minimal, weights: { bit: 8 } }, "recipe-invalid", "weights.bit"],
    ["bits out of the scheme's range", { ...minimal, weights: { bits: 1 } }, "recipe-invalid", "weights.bits"],
    ["bits out of all range", { ...minimal, weights: { bits: 99 } }, "recipe-invalid", "weights.bits"],
    ["a fraction", { ...minimal, weights: { bits: 7.5 } }, "recipe-invalid", "weights.bits"],
    ["an unknown scheme", { ...minimal, weights: { scheme: "magic" } }, "recipe-invalid", "weights.scheme"],
    ["no output", { model: "m.onnx" }, "recipe-invalid", "output"],
    ["a rule's bits", { ...minimal, layers: { "a*": { bits: 1 } } }, "recipe-invalid", 'layers["a*"].bits'],
    [
      "an operator that has no weights",
      { ...minimal, operators: { Relu: { bits: 4 } } },
      "recipe-invalid",
      "operators",
    ],
  ])("refuses %s, naming the field", (_, recipe, code, field) => {
    const error = errorOf(() => parseRecipe(recipe));
    expect(error.code).toBe(code);
    expect(error.place.field).toContain(field);
  });

  it.each([
    ["symmetric", "channel"],
    ["block", "block"],
    ["codebook-kmeans", "tensor"],
    ["codebook-mixture", "tensor"],
  ])("gives scheme %s the granularity %s where none is written, in weights and in rules", (scheme, granularity) => {
    const bits = 4;
    expect(parseRecipe({ ...minimal, weights: { scheme, bits } }).weights.granularity).toBe(granularity);
    const rules = parseRecipe({ ...minimal, layers: { a: { scheme, bits } } });
    const choice = choiceFor(rules, { name: "a", op: "Conv" });
    expect(choice.keep === "codes" && choice.settings.scheme).toBe(scheme);
  });

  it("says where in a file the field stands and what was found", () => {
    const error = errorOf(() => parseRecipeFile({ models: [minimal, { ...minimal, weights: { bits: 99 } }] }));
    expect(error.message).toMatch(/^models\[1\]\.weights\.bits: .*got 99\. /);
  });
});

describe("what is wrong with a recipe", () => {
  it.each<[object, string]>([
    [{ weights: { bits: 99 } }, "weights.bits: it must be at most 16, got 99. Correct it."],
    [{ weights: { bits: 7.5 } }, "weights.bits: it must be a whole number, got 7.5. Correct it."],
    [{ weights: { bits: "8" } }, 'weights.bits: it must be a number, got "8". Correct it.'],
    [
      { weights: { scheme: "magic" } },
      "weights.scheme: it must be one of symmetric, affine, pow2, ceil, block, log2, codebook-uniform, codebook-kmeans, " +
        'codebook-mixture, got "magic". Correct it.',
    ],
    [{ weights: [] }, "weights: it must be an object, got a list. Correct it."],
    [{ weights: null }, "weights: it must be an object, got null. Correct it."],
    [{ layers: { a: { keep: "codes" } } }, 'layers.a.keep: it must be float, got "codes". Correct it.'],
    [{ output: {} }, "output.directory: it is missing. Add it."],
    [{ output: { directory: "" } }, 'output.directory: it must have at least 1 character, got "". Correct it.'],
    [{ output: { directory: "f", emit: [] } }, "output.emit: it must have at least 1 entry, got a list. Correct it."],
    [
      { output: { directory: "f", selfTest: 3 } },
      'output.selfTest: it is about inference in integers, which is not among what is written. Add inference to what is written ("emit"), or leave it out.',
    ],
    [{ calibration: { std: 0 } }, "calibration.std: it must be more than 0, got 0. Correct it."],
    [{ calibration: { mean: "x" } }, 'calibration.mean: it must be a number or be a list, got "x". Correct it.'],
    [{ calibration: { mean: [1, "x"] } }, 'calibration.mean[1]: it must be a number, got "x". Correct it.'],
    [{ calibration: { resize: [1] } }, "calibration.resize: it must have at least 2 entries, got a list. Correct it."],
    [{ calibration: { data: { x: { path: 3 } } } }, "calibration.data.x.path: it must be text, got 3. Correct it."],
  ])("is said in own words: %j", (fields, message) => {
    expect(errorOf(() => parseRecipe({ ...minimal, ...fields })).message).toBe(message);
  });

  it("names no field where the whole file is meant", () => {
    expect(errorOf(() => parseRecipeFile([])).message).toBe("It must be an object, got a list. Correct it.");
    expect(errorOf(() => parseRecipeFile({})).message).toBe("models: it is missing. Add it.");
    expect(errorOf(() => parseRecipeFile({ models: [7] })).message).toBe(
      "models[0]: it must be an object, got 7. Correct it.",
    );
  });

  it("says when a layer's name in a rule is too long", () => {
    const error = errorOf(() => parseRecipe({ ...minimal, layers: { ["a".repeat(501)]: {} } }));
    expect(error.problem).toBe("it must have at most 500 characters in its name");
  });

  it.each<[string, string]>([
    ['{ "layers": { "__proto__": { "bits": 4 } } }', "layer-unknown"],
    ['{ "weights": { "__proto__": { "bits": 4 } } }', "recipe-invalid"],
    ['{ "calibration": { "data": { "__proto__": "x.npy" } } }', "recipe-invalid"],
    ['{ "__proto__": {} }', "recipe-invalid"],
  ])("refuses the name that objects lose: %s", (text, code) => {
    const fields: unknown = JSON.parse(text);
    const recipe = Object.defineProperties({ ...minimal }, Object.getOwnPropertyDescriptors(fields));
    expect(errorOf(() => parseRecipe(recipe)).code).toBe(code);
    expect(errorOf(() => parseRecipeFile({ models: [recipe] })).code).toBe(code);
  });

  it("does not run out of stack on nesting without end", () => {
    const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
    expect(errorOf(() => parseRecipeFile({ models: [{ ...minimal, weights: deep }] })).code).toBe("recipe-invalid");
  });
});

describe("settings that nothing reads", () => {
  it.each<[object, string]>([
    [{ weights: { blockSize: 16 } }, "weights.blockSize: scheme symmetric does not read it"],
    [{ weights: { scheme: "ceil", palette: "int8" } }, "weights.palette: scheme ceil does not read it"],
    [{ weights: { scheme: "ceil", rounding: "truncate" } }, "weights.rounding: scheme ceil does not read it"],
    [{ weights: { percentile: 99 } }, "weights.percentile: clip max does not read it"],
    [{ layers: { a: { scheme: "affine", alpha: "max" } } }, 'layers["a"].alpha: scheme affine does not read it'],
    [
      { operators: { Conv: { scheme: "affine", alpha: "max" } } },
      "operators.Conv.alpha: scheme affine does not read it",
    ],
  ])("are refused: %j", (fields, message) => {
    expect(errorOf(() => parseRecipe({ ...minimal, ...fields })).message).toContain(message);
  });

  it.each<object>([
    { weights: { scheme: "block", granularity: "block", blockSize: 16 } },
    { weights: { clip: "percentile", percentile: 99 } },
    { weights: { scheme: "block", granularity: "block", blockSize: 16 }, layers: { a: { bits: 4 } } },
    { layers: { a: { blockSize: 16 } } },
    { weights: { rounding: "truncate" }, layers: { a: { scheme: "ceil" } } },
  ])("are no others: %j", (fields) => {
    expect(() => parseRecipe({ ...minimal, ...fields })).not.toThrow();
  });

  it("are none in a recipe that went through the check before", () => {
    for (const { id, granularities } of SCHEMES) {
      const once = parseRecipe({ ...minimal, weights: { scheme: id, bits: 4, granularity: granularities[0] } });
      expect(parseRecipe(once)).toEqual(once);
    }
  });

  it("can be taken out", () => {
    const { weights } = parseRecipe({
      ...minimal,
      weights: { scheme: "block", granularity: "block", blockSize: 16, rounding: "truncate" },
    });
    expect(withoutUnread({ ...weights, scheme: "ceil", granularity: "tensor" })).toEqual({
      scheme: "ceil",
      bits: 8,
      granularity: "tensor",
      clip: "max",
      rounding: "half-even",
    });
    expect(withoutUnread(weights)).toEqual(weights);
  });
});

describe("recipeForBanner", () => {
  it("is the same wherever model, data and outputs lie, and whatever else is written", () => {
    const recipe = (folder: string, more: object) =>
      parseRecipe({
        model: `${folder}m.onnx`,
        weights: { bits: 4 },
        layers: { head: { keep: "float" } },
        activations: {},
        calibration: { data: { x: `${folder}x.npz#x`, y: { path: `${folder}y/`, scale: 2 } }, ...more },
        output: {
          directory: folder,
          name: "net",
          order: "onnx",
          emit: more === none ? ["weights"] : ["weights", "onnx"],
        },
      });
    const none = {};
    const shown = recipeForBanner(recipe("/home/somebody/", { labels: "/home/somebody/l.npy" }));
    expect(shown).toEqual(recipeForBanner(recipe("./", none)));
    expect(JSON.stringify(shown)).not.toContain("/");
    expect(shown).toMatchObject({
      weights: { bits: 4 },
      layers: { head: { keep: "float" } },
      calibration: { data: { x: "x.npz#x", y: { path: "y", scale: 2 } } },
      output: { name: "net", order: "onnx", files: "split", packing: "dense" },
    });
    expect(recipeForBanner(parseRecipe({ ...minimal, calibration: { data: "C:\\data\\x.npy" } }))).toMatchObject({
      calibration: { data: "x.npy" },
    });
  });
});

describe("choiceFor", () => {
  const recipe = parseRecipe({
    ...minimal,
    operators: { MatMul: { bits: 16 }, Gather: { keep: "float" } },
    layers: { "head*": { keep: "float" }, head2: { bits: 4 }, "*": { rounding: "half-away" } },
  });
  const choice = (name: string, op: "Conv" | "MatMul" | "Gather") => choiceFor(recipe, { name, op });

  it("merges weights, operator and name rules in that order", () => {
    expect(choice("x", "MatMul")).toMatchObject({ keep: "codes", settings: { bits: 16, rounding: "half-away" } });
    expect(choice("x", "Conv")).toMatchObject({ keep: "codes", settings: { bits: 8, rounding: "half-away" } });
  });

  it("keeps layers float, until a later rule chooses codes", () => {
    expect(
      choiceFor(parseRecipe({ ...minimal, layers: { "head*": { keep: "float" } } }), { name: "head1", op: "Conv" }),
    ).toEqual({
      keep: "float",
    });
    expect(choice("head2", "Conv")).toMatchObject({ keep: "codes", settings: { bits: 4 } });
  });
});

describe("checkLayerRules", () => {
  it("refuses a pattern without a layer and names the layers there are", () => {
    const recipe = parseRecipe({ ...minimal, layers: { "covn*": { bits: 4 } } });
    const error = errorOf(() => {
      checkLayerRules(recipe, [{ name: "conv1" }, { name: "conv2" }]);
    });
    expect(error.code).toBe("layer-unknown");
    expect(error.message).toContain('"conv1", "conv2"');
  });
});
