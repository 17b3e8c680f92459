/** What work fails with, for tests of errors. Anything but a BitwrightError passes through and fails the test. */
import { BitwrightError } from "../../src/protocol/errors";

/** The error; a test whose work does not fail, fails. */
export function errorOf(work: () => unknown): BitwrightError {
  try {
    work();
  } catch (error) {
    if (error instanceof BitwrightError) return error;
    throw error;
  }
  throw new Error("expected a BitwrightError");
}

/** The error's code, or `no error`. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof BitwrightError) return error.code;
    throw error;
  }
  return "no error";
}

/** The code of what work rejects with, or `no error`. */
export async function rejectionCodeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof BitwrightError) return error.code;
    throw error;
  }
  return "no error";
}
