/** Writes the compiled kernels of training into src. */
import { writeFileSync } from "node:fs";
import { compiledKernels, KERNEL_MODULE } from "./support/kernels.mjs";

writeFileSync(KERNEL_MODULE, await compiledKernels());
