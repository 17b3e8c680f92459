/** What a model may cost beyond its own size. */
import { BitwrightError } from "../../protocol/errors";
import type { ModelFiles } from "./external-data";

/** Bytes that any model may cause. */
const FLOOR = 64 * 1024 * 1024;

/** Bytes for each byte read from the model's files, beyond the floor: half precision takes 2 in single, and a second order of that 2 more. */
const RATIO = 4;

/** Against small models that name the same bytes a thousand times, each time in another way. */
export class Allowance {
  private bytes = 0;

  /**
   * @param problem what the model does where it is used up, as the end of a sentence
   * @param remedy as of {@link BitwrightError}
   */
  constructor(
    private readonly files: ModelFiles,
    private readonly problem: string,
    private readonly remedy = "Simplify the model, for example with onnx-simplifier",
  ) {}

  /** @throws BitwrightError model-too-complex where the bytes so far are out of proportion to the model's files */
  charge(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= Math.max(FLOOR, RATIO * this.files.bytesRead)) return;
    throw new BitwrightError("model-too-complex", `the model is too complex: ${this.problem}`, this.remedy);
  }
}
