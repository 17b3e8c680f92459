import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RecipeRunner, type RunnerServices } from "../../../../src/extension/regenerate/recipe-runner";
import type { RegenerateMode, RememberedRun } from "../../../../src/extension/regenerate/recipe-state";
import { PATIENCE_MS, SETTLE_MS } from "../../../../src/extension/regenerate/settled-inputs";
import { BitwrightError, type ErrorCode } from "../../../../src/protocol/errors";
import type { Checked, Generated } from "../../../../src/protocol/worker";
import { sampleReport } from "../../webview/sample-report";

const MODEL = "/w/m.onnx";
const DATA = "/w/m.onnx.data";
const HEADER = "/w/gen/m_weights.h";

/** A disk, a worker that takes its time, and what the runner says of both. */
class Bench implements RunnerServices {
  readonly files = new Map<string, string>([[MODEL, "v1"]]);
  readonly runs: { readonly content: string; ended: "done" | "aborted" | "failed" | null }[] = [];
  readonly states: string[] = [];
  remembered: RememberedRun | undefined;
  regenerate: RegenerateMode = "always";
  runTime = 300;
  modelFiles = [MODEL];
  failure: ErrorCode | undefined;
  readonly runner = new RecipeRunner([MODEL], this);

  snapshot(paths: readonly string[]) {
    const contents = paths.map((path) => this.files.get(path));
    return Promise.resolve({ signature: JSON.stringify(contents), isComplete: !contents.some((text) => !text) });
  }
  digests(paths: readonly string[]) {
    return Promise.resolve(new Map(paths.map((path) => [path, this.files.get(path) ?? "missing"])));
  }
  async generate(signal: AbortSignal): Promise<Generated> {
    const content = this.modelFiles.map((path) => this.files.get(path) ?? "missing").join("+");
    const run: Bench["runs"][number] = { content, ended: null };
    this.runs.push(run);
    await this.work(signal, () => {
      run.ended ??= "aborted";
    });
    if (this.failure !== undefined || this.files.get(MODEL) === "broken") {
      run.ended = "failed";
      throw new BitwrightError(this.failure ?? "model-not-onnx", "it is broken", "Mend it");
    }
    run.ended = "done";
    this.files.set(HEADER, `C of ${content}`);
    return { ...this.outcome, written: [HEADER] };
  }
  async check(signal: AbortSignal): Promise<Checked> {
    const current = this.files.get(HEADER) === `C of ${this.files.get(MODEL) ?? ""}`;
    await this.work(signal);
    return { ...this.outcome, stale: current ? [] : [HEADER] };
  }
  mode() {
    return this.regenerate;
  }
  changed() {
    const { kind } = this.runner.state;
    if (this.states.at(-1) !== kind) this.states.push(kind);
  }
  finished(_: Generated, run: RememberedRun) {
    this.remembered = run;
  }

  save(content: string, path = MODEL): void {
    this.files.set(path, content);
    this.runner.touch();
  }
  /** Somebody writes the header, or deletes it. */
  overwrite(content: string | undefined): void {
    if (content === undefined) this.files.delete(HEADER);
    else this.files.set(HEADER, content);
    this.runner.touch();
  }
  get header(): string | undefined {
    return this.files.get(HEADER);
  }
  private work(signal: AbortSignal, aborted?: () => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, this.runTime);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        aborted?.();
        reject(new BitwrightError("cancelled", "the run was cancelled", ""));
      });
    });
  }
  private get outcome() {
    return { report: sampleReport([]), files: [HEADER], modelFiles: this.modelFiles };
  }
}

const wait = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const settled = () => wait(5_000);

async function upToDate(bench = new Bench()): Promise<Bench> {
  await bench.runner.start(undefined);
  await settled();
  expect(bench.runner.state.kind).toBe("current");
  bench.runs.length = 0;
  bench.states.length = 0;
  return bench;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a recipe whose model is saved", () => {
  it("runs once the file is settled, and is up to date", async () => {
    const bench = await upToDate();
    bench.save("v2");
    await wait(SETTLE_MS - 10);
    expect(bench.runs).toHaveLength(0);
    await settled();
    expect(bench.runs).toEqual([{ content: "v2", ended: "done" }]);
    expect(bench.header).toBe("C of v2");
    expect(bench.states).toEqual(["running", "current"]);
  });

  it("does nothing for a touch that leaves the bytes as they are", async () => {
    const bench = await upToDate();
    bench.runner.touch();
    await settled();
    expect(bench.runs).toHaveLength(0);
    expect(bench.runner.state.kind).toBe("current");
  });

  it("waits while the file grows", async () => {
    const bench = await upToDate();
    bench.save("v");
    for (const more of ["v2", "v23", "v234"]) {
      await wait(SETTLE_MS - 20);
      bench.files.set(MODEL, more); // written on, without another event
    }
    await settled();
    expect(bench.runs).toEqual([{ content: "v234", ended: "done" }]);
  });

  it("waits for an empty or deleted file to come back, but not forever", async () => {
    const bench = await upToDate();
    bench.save("");
    await wait(PATIENCE_MS / 2);
    bench.files.set(MODEL, "v2");
    await settled();
    expect(bench.runs).toEqual([{ content: "v2", ended: "done" }]);

    bench.failure = "model-missing";
    bench.files.delete(MODEL);
    bench.runner.touch();
    await wait(PATIENCE_MS - SETTLE_MS);
    expect(bench.runs).toHaveLength(1);
    await settled();
    expect(bench.runner.state).toMatchObject({ kind: "failed", error: { code: "model-missing" } });
  });

  it("breaks a superseded run off, and ends with the last of many saves", async () => {
    const bench = await upToDate();
    for (let save = 0; save < 20; save++) {
      bench.save(`save ${save}`);
      await wait(save % 3 === 0 ? 2 * SETTLE_MS : 30);
    }
    await settled();
    expect(bench.header).toBe("C of save 19");
    expect(bench.runs.at(-1)?.ended).toBe("done");
    expect(bench.runs.filter(({ ended }) => ended === "aborted").length).toBeGreaterThan(0);
    expect(bench.runs.filter(({ ended }) => ended === "done")).toHaveLength(1);
    expect(bench.runner.state.kind).toBe("current");
  });

  it("runs again for bytes that came back while a run of others was broken off", async () => {
    const bench = await upToDate();
    bench.save("v2");
    await wait(SETTLE_MS + 50);
    bench.save("v1");
    await settled();
    expect(bench.runs.map(({ ended }) => ended)).toEqual(["aborted", "done"]);
    expect(bench.header).toBe("C of v1");
  });

  it("runs again where the file changed during the run without an event", async () => {
    const bench = await upToDate();
    bench.save("v2");
    await wait(SETTLE_MS + 50);
    bench.files.set(MODEL, "v3");
    await settled();
    expect(bench.header).toBe("C of v3");
    expect(bench.runner.state.kind).toBe("current");
  });
});

describe("a recipe that fails", () => {
  it("leaves the old outputs, is not tried again on the same bytes, and recovers", async () => {
    const bench = await upToDate();
    bench.save("broken");
    await settled();
    expect(bench.runner.state).toMatchObject({ kind: "failed", error: { code: "model-not-onnx" } });
    expect(bench.header).toBe("C of v1");
    bench.runner.touch();
    await settled();
    expect(bench.runs).toHaveLength(1);
    bench.save("v2");
    await settled();
    expect(bench.header).toBe("C of v2");
    expect(bench.runner.state.kind).toBe("current");
  });

  it("is tried again when a file beside the model appears, which may be its external data", async () => {
    const bench = await upToDate();
    bench.failure = "external-data-missing";
    bench.save("v2");
    await settled();
    bench.failure = undefined;
    bench.runner.touchUnknown(DATA);
    await settled();
    expect(bench.header).toBe("C of v2");
  });

  it("gets one more try where the worker ended by itself", async () => {
    const bench = await upToDate();
    bench.failure = "worker-crashed";
    bench.save("v2");
    await wait(SETTLE_MS + 350);
    bench.failure = undefined;
    await settled();
    expect(bench.runs.map(({ ended }) => ended)).toEqual(["failed", "done"]);
    bench.failure = "worker-crashed";
    bench.save("v3");
    await settled();
    expect(bench.runs).toHaveLength(4);
    expect(bench.runner.state).toMatchObject({ kind: "failed", error: { code: "worker-crashed" } });
  });
});

describe("external data", () => {
  it("are watched once they were read, and count where they changed during the very run that read them", async () => {
    const bench = new Bench();
    bench.files.set(DATA, "d1");
    bench.modelFiles = [MODEL, DATA];
    await bench.runner.start(undefined);
    await wait(SETTLE_MS + 50);
    bench.files.set(DATA, "d2");
    bench.runner.touchUnknown(DATA);
    await settled();
    expect(bench.header).toBe("C of v1+d2");
    bench.save("d3", DATA);
    await settled();
    expect(bench.header).toBe("C of v1+d3");
  });
});

describe("outputs", () => {
  it.each([
    ["deleted", undefined],
    ["changed by hand", "mine"],
  ])("that are %s are written again", async (_, content) => {
    const bench = await upToDate();
    for (const times of [1, 2]) {
      bench.overwrite(content === undefined ? undefined : `${content} ${times}`);
      await settled();
      expect(bench.header).toBe("C of v1");
      expect(bench.runs).toHaveLength(times);
      expect(bench.runner.state.kind).toBe("current");
    }
  });

  it("are stale where nothing runs by itself, until they are as they were", async () => {
    const bench = await upToDate();
    bench.regenerate = "never";
    bench.overwrite("mine");
    await settled();
    expect(bench.runner.state.kind).toBe("stale");
    expect(bench.header).toBe("mine");
    bench.overwrite("C of v1");
    await settled();
    expect(bench.runner.state.kind).toBe("current");
  });

  it("are watched as soon as they were found to be current, or are recalled", async () => {
    const looked = new Bench();
    looked.regenerate = "never";
    looked.files.set(HEADER, "C of v1");
    void looked.runner.start(undefined);
    const before = await upToDate();
    const recalled = new Bench();
    recalled.files.set(HEADER, "C of v1");
    await recalled.runner.start(before.remembered);
    await settled();
    for (const bench of [looked, recalled]) {
      expect(bench.runner.outputs).toEqual([HEADER]);
      bench.regenerate = "never";
      bench.overwrite(undefined);
    }
    await settled();
    expect([looked, recalled].map(({ runner }) => runner.state.kind)).toEqual(["stale", "stale"]);
  });

  it("are left to a formatter that insists, until the model is another", async () => {
    const bench = await upToDate();
    const format = async (): Promise<void> => {
      bench.overwrite("formatted");
      await settled();
    };
    await format();
    expect(bench.runs).toHaveLength(1);
    await format();
    await format();
    expect(bench.runs).toHaveLength(1);
    expect(bench.runner.state.kind).toBe("stale");
    bench.save("v2");
    await settled();
    expect(bench.header).toBe("C of v2");
    expect(bench.runner.state.kind).toBe("current");
  });

  it("do not start another run when the run itself writes them", async () => {
    const bench = await upToDate();
    bench.save("v2");
    await wait(SETTLE_MS + 350);
    bench.runner.touch();
    await settled();
    expect(bench.runs).toHaveLength(1);
    expect(bench.states).toEqual(["running", "current"]);
  });
});

describe("what was not asked to run by itself", () => {
  it.each(["ask", "never"] as const)("is stale under %s, until it is run or the bytes come back", async (mode) => {
    const bench = await upToDate();
    bench.regenerate = mode;
    bench.save("v2");
    await settled();
    expect(bench.runs).toHaveLength(0);
    expect(bench.runner.state.kind).toBe("stale");
    bench.save("v1");
    await settled();
    expect(bench.runner.state.kind).toBe("current");
    bench.save("v2");
    await settled();
    const run = bench.runner.runNow();
    await settled();
    await run;
    expect(bench.header).toBe("C of v2");
    expect(bench.runner.state.kind).toBe("current");
  });

  it("is stale again where the user cancels, and says so to whoever waits", async () => {
    const bench = await upToDate();
    const controller = new AbortController();
    const run = bench.runner.runNow(undefined, controller.signal);
    const rejected = expect(run).rejects.toMatchObject({ code: "cancelled" });
    await wait(50);
    controller.abort();
    await settled();
    await rejected;
    expect(bench.runner.state.kind).toBe("stale");
  });
});

describe("a window that opens", () => {
  it("remembers what is up to date", async () => {
    const before = await upToDate();
    const bench = new Bench();
    bench.files.set(HEADER, "C of v1");
    await bench.runner.start(before.remembered);
    await settled();
    expect(bench.runs).toHaveLength(0);
    expect(bench.runner.state.kind).toBe("current");
  });

  it.each([
    ["the model", MODEL],
    ["an output", HEADER],
  ])("runs where %s was changed meanwhile", async (_, path) => {
    const before = await upToDate();
    const bench = new Bench();
    bench.files.set(HEADER, "C of v1");
    bench.files.set(path, "changed");
    await bench.runner.start(before.remembered);
    await settled();
    expect(bench.runs).toHaveLength(1);
  });

  it.each([
    ["C of v1", "current"],
    ["old", "stale"],
  ])("looks without writing where it may not run: %s is %s", async (header, state) => {
    const bench = new Bench();
    bench.regenerate = "never";
    bench.files.set(HEADER, header);
    void bench.runner.start(undefined);
    await settled();
    expect(bench.runs).toHaveLength(0);
    expect(bench.runner.state.kind).toBe(state);
    expect(bench.header).toBe(header);
  });

  it.each([
    ["v2", "C of v1", "stale"],
    ["v2", "C of v2", "current"],
  ])(
    "looks again, and still writes nothing, where %s is saved while it looks and the header is %s",
    async (...given) => {
      const [content, header, state] = given;
      const bench = new Bench();
      bench.regenerate = "never";
      bench.files.set(HEADER, header);
      void bench.runner.start(undefined);
      await wait(50);
      bench.save(content);
      await settled();
      expect(bench.runs).toHaveLength(0);
      expect(bench.header).toBe(header);
      expect(bench.runner.state.kind).toBe(state);
    },
  );

  it("does not take outputs for those of a model that changed, without an event, while it looked", async () => {
    const bench = new Bench();
    bench.regenerate = "never";
    bench.files.set(HEADER, "C of v1");
    void bench.runner.start(undefined);
    await wait(50);
    bench.files.set(MODEL, "v2");
    await settled();
    expect(bench.runner.state.kind).toBe("stale");
  });

  it("keeps what it remembers where a file is touched while it looks", async () => {
    const before = await upToDate();
    const bench = new Bench();
    bench.files.set(HEADER, "C of v1");
    void bench.runner.start(before.remembered);
    bench.runner.touch();
    await settled();
    expect(bench.runs).toHaveLength(0);
    expect(bench.runner.state.kind).toBe("current");
  });

  it("runs nothing once it is closed", async () => {
    const bench = new Bench();
    const run = expect(bench.runner.runNow()).rejects.toMatchObject({ code: "cancelled" });
    bench.runner.dispose();
    await run;
    bench.runner.touch();
    await settled();
    expect(bench.runs).toEqual([]);
  });

  it("ends what runs when it closes", async () => {
    const bench = new Bench();
    await bench.runner.start(undefined);
    await wait(SETTLE_MS + 50);
    bench.runner.dispose();
    await settled();
    expect(bench.runs.map(({ ended }) => ended)).toEqual(["aborted"]);
  });
});
