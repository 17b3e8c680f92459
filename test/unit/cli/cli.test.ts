import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { reportSchema } from "../../../src/protocol/report";
import { repositoryPath } from "../../shared";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();
const cli = join(scratch, "cli.cjs");
const demo = repositoryPath("media/models/mnist-dscnn-bn.onnx");

beforeAll(async () => {
  await build({
    entryPoints: [repositoryPath("src/cli/main.ts")],
    outfile: cli,
    bundle: true,
    platform: "node",
    format: "cjs",
    mainFields: ["module", "main"],
    external: ["onnxruntime-node"],
    define: { __BITWRIGHT_VERSION__: '"0.0.0"' },
  });
});

function bitwright(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8" });
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
    ["an unknown command", ["transmogrify"]],
    ["a name of Object's", ["constructor"]],
  ])("exits with 2 on %s, in one line", (_, args) => {
    const { status, stdout, stderr } = bitwright(...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^bitwright: .*\[usage\]\n$/);
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
    expect(bitwright("generate", folder).stderr).toContain("[output-outside]");
    writeFileSync(join(folder, "bitwright.json"), '{"models": [{"model": "m.onnx", "outputs": {}}]}');
    expect(bitwright("generate", folder).stderr).toMatch(/bitwright.json, models\[0\]\.output/);
    writeFileSync(join(folder, "bitwright.json"), "{ no json");
    expect(bitwright("generate", folder).stderr).toMatch(/bitwright.json: it is not JSON.*\[recipe-invalid\]/);
  });
});
