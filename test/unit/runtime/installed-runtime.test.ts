import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasOnnxRuntime } from "../../../src/runtime/installed-runtime";
import { temporaryFolder } from "../temporary-folder";

test.each(["dist/node_modules", "node_modules"])("the runtime of a platform is found in %s", (modules) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, modules, "onnxruntime-node", "bin", "napi-v6", "linux", "arm64"), { recursive: true });
  expect(hasOnnxRuntime(folder, "linux", "arm64")).toBe(true);
  expect(hasOnnxRuntime(folder, "linux", "x64")).toBe(false);
  expect(hasOnnxRuntime(temporaryFolder(), "linux", "arm64")).toBe(false);
});
