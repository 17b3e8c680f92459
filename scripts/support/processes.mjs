/** Child processes of the scripts. */
import { spawn } from "node:child_process";
import { ROOT } from "./paths.mjs";
import { StepError } from "./step-error.mjs";

/**
 * Runs a program with this process's output and waits for it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<number>} exit code; 1 where a signal ended it
 */
export function exitCodeOf(program, args, { cwd = ROOT, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

/** Runs a Node script of the repository. @throws StepError where it fails */
export async function runNode(...args) {
  const code = await exitCodeOf(process.execPath, args);
  if (code !== 0) throw new StepError(`node ${args.join(" ")} failed (exit code ${code}).`);
}

/** Runs a script's main function: a StepError is printed without its stack, and the exit code is the one returned. */
export async function main(run) {
  try {
    process.exitCode = (await run()) ?? 0;
  } catch (error) {
    console.error(error instanceof StepError ? error.message : error);
    process.exitCode = 1;
  }
}
