/** The files of one recipe as its last run left them: what went in, and what came out. */
import { MISSING, sameDigests, type InputDigests } from "../../runtime/input-files";
import type { RememberedRun } from "./recipe-state";

export class MadeFiles {
  private run: RememberedRun | undefined;
  private paths: readonly string[] = [];
  /** Outputs as others wrote them before a run wrote over them. */
  private overwritten: InputDigests = new Map();

  /** Absolute paths of the files that the last run wrote, or found as it would have written them. */
  get outputs(): readonly string[] {
    return this.paths;
  }

  /** A run came to its end, or one of an earlier session is recalled. */
  keep(run: RememberedRun): void {
    this.run = run;
    this.paths = [...run.outputs.keys()];
  }

  /** A run starts: until it ends well, nobody knows what the outputs are made of. */
  forget(): void {
    this.run = undefined;
  }

  /** @param digests of inputs and outputs as they are now */
  areStill(digests: InputDigests): boolean {
    const { run } = this;
    return run !== undefined && sameDigests(run.inputs, digests) && sameDigests(run.outputs, digests);
  }

  /**
   * Whether somebody wrote over the outputs what a run had replaced before. A formatter, or a program with the same files,
   * would do so after every run, and runs would never end. Asked before each run that nobody asked for.
   * @param digests of inputs and outputs as they are now
   */
  areContested(digests: InputDigests): boolean {
    const { run, overwritten } = this;
    const isAboutOutputs = run !== undefined && sameDigests(run.inputs, digests);
    const written = [...(isAboutOutputs ? run.outputs : [])].flatMap(([path, made]): [string, string][] => {
      const digest = digests.get(path) ?? MISSING;
      return digest === made || digest === MISSING ? [] : [[path, digest]];
    });
    this.overwritten = new Map(written);
    return written.length > 0 && written.every(([path, digest]) => overwritten.get(path) === digest);
  }
}
