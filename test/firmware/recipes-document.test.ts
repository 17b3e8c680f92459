/** docs/recipes.md does what it says: its recipes, its CI workflow, and its CMake and make files, taken from the page itself. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { jsonSchemas } from "../../src/engine/json-schemas";
import { parseRecipe, parseRecipeFile } from "../../src/engine/recipe";
import { repositoryPath } from "../shared";
import { buildCli } from "../unit/cli/built-cli";
import { temporaryFolder } from "../unit/temporary-folder";

const PAGE = readFileSync(repositoryPath("docs/recipes.md"), "utf8");
const BLOCK = /^```(\S+)(?: (\S+))?\n(.*?)^```$/gms;
const BLOCKS = [...PAGE.matchAll(BLOCK)].map(([, language, name = "", text]) => ({ language, name, text }));

/** Code blocks of a language, in the order of the page. */
function blocks(language: string, name = ""): string[] {
  const found = BLOCKS.filter((block) => block.language === language && block.name === name);
  expect(found.length, `${language} ${name}`).toBeGreaterThan(0);
  return found.map(({ text }) => text);
}

const block = (language: string, name = ""): string => blocks(language, name)[0];

const scratch = temporaryFolder();
const log = join(scratch, "runs.log");
const bin = join(scratch, "bin");
let cli = "";

beforeAll(async () => {
  cli = await buildCli(scratch);
  mkdirSync(bin);
  const script = join(bin, "bitwright");
  writeFileSync(script, `#!/bin/sh\necho run >> "${log}"\nexec "${process.execPath}" "${cli}" "$@"\n`);
  chmodSync(script, 0o755);
});

describe("the fields of a recipe", () => {
  /** Names of all fields in a JSON Schema. */
  const fieldsIn = (schema: unknown): string[] =>
    typeof schema === "object" && schema !== null
      ? Object.entries(schema).flatMap(([key, part]: [string, unknown]) => [
          ...(key === "properties" && typeof part === "object" && part !== null ? Object.keys(part) : []),
          ...fieldsIn(part),
        ])
      : [];

  it("are all on the page", () => {
    const names = new Set(fieldsIn(JSON.parse(jsonSchemas()["bitwright.schema.json"])));
    names.delete("path"); // of a file for one input, which the page leaves to the schema
    expect(names.size).toBeGreaterThan(40);
    expect([...names].filter((name) => !PAGE.includes(`\`${name}\``) && !PAGE.includes(`"${name}"`))).toEqual([]);
  });

  it("are shown in recipes that are right", () => {
    for (const text of blocks("json")) expect(parseRecipeFile(JSON.parse(text)).length).toBeGreaterThan(0);
    for (const text of blocks("json", "fragment")) {
      const fragment = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
      expect(parseRecipe({ model: "m.onnx", output: { directory: "generated" }, ...fragment })).toMatchObject(fragment);
    }
  });
});

describe("the task on the page", () => {
  it("is of the contributed type, with the contributed matcher", () => {
    const manifest = z
      .object({
        contributes: z.object({
          taskDefinitions: z.array(z.object({ type: z.string(), properties: z.record(z.string(), z.unknown()) })),
          problemMatchers: z.array(z.object({ name: z.string() })),
        }),
      })
      .parse(JSON.parse(readFileSync(repositoryPath("package.json"), "utf8"))).contributes;
    const { tasks } = z
      .object({ tasks: z.array(z.looseObject({ type: z.string(), problemMatcher: z.string().optional() })) })
      .parse(JSON.parse(block("json", "tasks")));
    const [weights] = tasks;
    const definition = manifest.taskDefinitions.find(({ type }) => type === weights.type);
    expect(Object.keys(definition?.properties ?? {})).toContain("recipes");
    expect(manifest.problemMatchers.map(({ name }) => `$${name}`)).toContain(weights.problemMatcher);
  });
});

/** A firmware project as the page describes it. */
function firmwareProject(): string {
  const folder = mkdtempSync(join(scratch, "firmware-"));
  mkdirSync(join(folder, "models"));
  copyFileSync(repositoryPath("media/models/mnist-lenet5.onnx"), join(folder, "models", "digits.onnx"));
  writeFileSync(join(folder, "bitwright.json"), block("json"));
  writeFileSync(
    join(folder, "main.c"),
    `#include <stdio.h>\n#include "digits_weights.h"\n#ifndef DIGITS_WEIGHTS_H\n#error "not the generated header"\n#endif\n` +
      `int main(void) { puts("linked"); return 0; }\n`,
  );
  return folder;
}

function shell(folder: string, command: string, args: readonly string[], variables: Record<string, string> = {}) {
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, ...variables };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

const runs = (): number => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0);

/** Moves a file's time on: builds compare times, and file systems may count whole seconds. */
let clock = Date.now() / 1000 + 10;
function touch(file: string): void {
  clock += 10;
  utimesSync(file, clock, clock);
}

const has = (tool: string): boolean => spawnSync(tool, ["--version"]).error === undefined;
const BUILDS = [
  {
    name: "CMake",
    tools: ["cmake", "make", "gcc"],
    prepare: (folder: string): void => {
      mkdirSync(join(folder, "cmake"));
      writeFileSync(join(folder, "cmake", "Bitwright.cmake"), block("cmake", "Bitwright.cmake"));
      writeFileSync(join(folder, "CMakeLists.txt"), block("cmake", "CMakeLists.txt"));
      const { status, output } = shell(folder, "cmake", ["-S", ".", "-B", "build"]);
      expect(status, output).toBe(0);
    },
    build: (folder: string) => shell(folder, "cmake", ["--build", "build"]),
    clean: (folder: string) => shell(folder, "cmake", ["--build", "build", "--target", "clean"]),
    program: join("build", "firmware"),
    objects: [join("build", "CMakeFiles", "firmware.dir", "generated", "digits_weights.c.o")],
  },
  {
    name: "make",
    tools: ["make", "gcc"],
    prepare: (folder: string): void => {
      writeFileSync(join(folder, "Makefile"), block("make", "Makefile"));
    },
    build: (folder: string) => shell(folder, "make", ["CC=gcc"]),
    clean: () => undefined,
    program: "firmware",
    objects: [join("generated", "digits_weights.o")],
  },
];

describe.each(BUILDS)("a firmware project built by $name as on the page", (system) => {
  const { tools, prepare, build, clean, ...made } = system;
  const missing = tools.filter((tool) => !has(tool));
  if (missing.length > 0) {
    if (process.env["CI"] === "true") throw new Error(`${missing.join(", ")} not found`);
    console.warn(`skipped: builds of docs/recipes.md need ${missing.join(", ")}`);
  }
  let folder = "";

  const built = (): void => {
    const { status, output } = build(folder);
    expect(status, output).toBe(0);
  };
  const times = (): number[] => made.objects.map((object) => statSync(join(folder, object)).mtimeMs);

  beforeEach(() => {
    rmSync(log, { force: true });
    folder = firmwareProject();
    prepare(folder);
    built();
  });

  it.skipIf(missing.length > 0)("compiles and links the generated C, and runs nothing where nothing changed", () => {
    expect(runs()).toBe(1);
    expect(shell(folder, join(folder, made.program), [])).toEqual({ status: 0, output: "linked\n" });
    const before = times();
    built();
    expect(runs()).toBe(1);
    expect(times()).toEqual(before);
  });

  it.skipIf(missing.length > 0)(
    "runs the recipes once a model is touched, and compiles nothing for equal bytes",
    () => {
      const before = times();
      touch(join(folder, "models", "digits.onnx"));
      built();
      expect(runs()).toBe(2);
      expect(times()).toEqual(before);
    },
  );

  it.skipIf(missing.length > 0)("compiles the C of a model, or a recipe, that is another", () => {
    const before = times();
    copyFileSync(repositoryPath("media/models/mnist-dscnn-bn.onnx"), join(folder, "models", "digits.onnx"));
    touch(join(folder, "models", "digits.onnx"));
    built();
    expect(runs()).toBe(2);
    expect(times()).not.toEqual(before);
    const between = times();
    writeFileSync(join(folder, "bitwright.json"), block("json").replace('"bits": 8', '"bits": 4'));
    touch(join(folder, "bitwright.json"));
    built();
    expect(runs()).toBe(3);
    expect(times()).not.toEqual(between);
  });

  it.skipIf(missing.length > 0)("writes again what was deleted", () => {
    rmSync(join(folder, "generated", "digits_weights.h"));
    clean(folder);
    built();
    expect(existsSync(join(folder, "generated", "digits_weights.h"))).toBe(true);
  });

  it.skipIf(missing.length > 0)("fails with the recipe, in the words of a compiler", () => {
    writeFileSync(join(folder, "models", "digits.onnx"), "no model");
    touch(join(folder, "models", "digits.onnx"));
    const { status, output } = build(folder);
    expect(status).not.toBe(0);
    expect(output).toMatch(/bitwright\.json:\d+:\d+: error: digits\.onnx: .*\[model-not-onnx\]/);
  });
});

describe("the workflow on the page", () => {
  const workflow = z.strictObject({
    name: z.string(),
    on: z.array(z.enum(["push", "pull_request"])),
    jobs: z.record(
      z.string(),
      z.strictObject({
        "runs-on": z.string(),
        steps: z.array(
          z.union([
            z.strictObject({ uses: z.string().regex(/^actions\/[\w-]+@v\d+$/), with: z.looseObject({}) }),
            z.strictObject({ name: z.string(), run: z.string() }),
          ]),
        ),
      }),
    ),
  });

  const canUnpack = has("unzip");
  if (!canUnpack && process.env["CI"] === "true") throw new Error("unzip not found");

  it.skipIf(!canUnpack)("finds files that are those of their models, and fails where they are not", () => {
    const { jobs } = workflow.parse(parse(block("yaml")));
    const commands = Object.values(jobs).flatMap(({ steps }) =>
      steps.flatMap((step) => ("run" in step ? [step.run] : [])),
    );
    expect(commands).toHaveLength(2);
    const folder = firmwareProject();
    packAsExtension(join(folder, "tools"));
    const check = () => {
      const temporary = mkdtempSync(join(scratch, "runner-"));
      return shell(folder, "sh", ["-e", "-c", commands.join("\n")], { RUNNER_TEMP: temporary });
    };
    expect(check()).toMatchObject({ status: 1, output: expect.stringContaining("stale: ") as string });
    expect(shell(folder, "bitwright", ["generate"]).status).toBe(0);
    expect(check()).toEqual({ status: 0, output: "All outputs are up to date.\n" });
    copyFileSync(repositoryPath("media/models/mnist-dscnn-bn.onnx"), join(folder, "models", "digits.onnx"));
    expect(check()).toMatchObject({ status: 1, output: expect.stringContaining("stale: ") as string });
  });

  /** A package with the command line where a VSIX holds it. */
  function packAsExtension(folder: string): void {
    mkdirSync(folder);
    const content = { "extension/dist/cli.js": new Uint8Array(readFileSync(cli)) };
    writeFileSync(join(folder, "bitwright.vsix"), zipSync(content));
  }
});
