/** Compiles the kernels of training to WebAssembly. */
import asc from "assemblyscript/asc";

export const KERNEL_SOURCE = "src/engine/training/kernels/assembly/kernels.ts";
export const KERNEL_MODULE = "src/engine/training/kernels/compiled.ts";

/** @returns {Promise<string>} the text of the generated module */
export async function compiledKernels() {
  const files = new Map();
  const options = ["-O3", "--enable", "simd", "--runtime", "stub", "--importMemory", "--noAssert", "--noExportMemory"];
  const { error, stderr } = await asc.main([KERNEL_SOURCE, ...options, "--outFile", "kernels.wasm"], {
    writeFile: (name, content) => void files.set(name, content),
  });
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`);
  const base64 = Buffer.from(files.get("kernels.wasm")).toString("base64");
  const lines = base64.match(/.{1,116}/gu).map((line) => `"${line}"`);
  return [
    "/** Made by `npm run kernels` from assembly/kernels.ts: a WebAssembly module, in base64. */",
    `export const KERNELS =\n  ${lines.join(" +\n  ")};`,
    "",
  ].join("\n");
}
