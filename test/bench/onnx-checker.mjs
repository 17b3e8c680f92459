/** The ONNX checker over what is written from every real model: raised operator sets and every quantized form. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, importTypeScript } from "./support.mjs";

const CHECKER = fileURLToPath(new URL("check-onnx.py", import.meta.url));

/** Interpreter with the onnx module; Debian's, unless PYTHON names another. */
const PYTHON = process.env.PYTHON ?? "/usr/bin/python3";

export async function run() {
  const { quantizedModels } = await importTypeScript("test/bench/quantized-models.ts");
  const folder = mkdtempSync(join(tmpdir(), "bitwright-checker-"));
  try {
    const paths = [...modelsBelow(`${ROOT}/media/models`), ...modelsBelow(`${ROOT}/../shared/models`)];
    const written = [];
    for (const path of paths) {
      for (const { name, bytes } of formsOf(path, quantizedModels)) {
        const file = join(folder, `${written.length}_${basename(path, ".onnx")}_${name}.onnx`);
        writeFileSync(file, bytes);
        written.push(file);
      }
    }
    const { stdout, stderr, status } = spawnSync(PYTHON, [CHECKER, ...written], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    const lines = `${stdout}${stderr}`.replaceAll(`${folder}/`, "").trim().split("\n");
    console.log(`\n## ONNX checker\n\n${lines.filter((line) => !/^(accepted|skipped: \d)/.test(line)).join("\n")}`);
    if (status !== 0 && !lines.at(-1).startsWith("skipped")) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function modelsBelow(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".onnx")).map((file) => join(folder, file));
}

/** Models that are broken on purpose are refused with a sentence, and make no files. */
function formsOf(path, quantizedModels) {
  const source = {
    name: basename(path),
    bytes: new Uint8Array(readFileSync(path)),
    sha256: "0".repeat(64),
    readExternal: (location, offset, length) => {
      const bytes = new Uint8Array(readFileSync(join(dirname(path), location)));
      return bytes.slice(offset, length === undefined ? undefined : offset + length);
    },
  };
  try {
    return quantizedModels(source);
  } catch (error) {
    console.log(`not written: ${error.message.slice(0, 120)}`);
    return [];
  }
}
