/** Whether an installation carries ONNX Runtime for its platform, told without loading it. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** In a package, and in a checkout. */
const MODULES = [join("dist", "node_modules"), "node_modules"];

/** @param folder of the installation, absolute */
export function hasOnnxRuntime(folder: string, platform: string, architecture: string): boolean {
  return MODULES.some((modules) =>
    existsSync(join(folder, modules, "onnxruntime-node", "bin", "napi-v6", platform, architecture)),
  );
}
