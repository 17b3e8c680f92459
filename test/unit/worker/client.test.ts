import { getEventListeners } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { WorkerClient } from "../../../src/worker/client";
import { temporaryFolder } from "../temporary-folder";
import { rejectionCodeOf } from "../caught";

/** Stands in for the worker: what it does is written in the model's name. */
const FAKE_WORKER = `
process.on("message", ({ id, request: { modelPath } }) => {
  const send = (message) => process.send({ id, ...message });
  if (modelPath === "hang") return;
  if (modelPath === "crash") process.abort();
  if (modelPath === "exit") process.exit(3);
  if (modelPath === "fail") return send({ kind: "error", error: { code: "model-empty", problem: "the file is empty", remedy: "Export it", model: "fail" } });
  send({ kind: "progress", step: "Working", share: 0.5 });
  send({ kind: "result", job: "inspect", result: { process: process.pid, modelPath } });
});
process.on("disconnect", () => process.exit());
process.send({ kind: "ready" });
`;

const workerPath = join(temporaryFolder(), "worker.js");
writeFileSync(workerPath, FAKE_WORKER);

const clients: WorkerClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

function newClient(log: string[] = []): WorkerClient {
  const client = new WorkerClient({ workerPath, log: (line) => log.push(line) });
  clients.push(client);
  return client;
}

function isAlive(processId: number | undefined): boolean {
  try {
    return processId !== undefined && process.kill(processId, 0);
  } catch {
    return false;
  }
}

describe("WorkerClient", () => {
  it("keeps one process warm for many jobs and passes progress on", async () => {
    const client = newClient();
    const steps: string[] = [];
    const reports = await Promise.all([
      client.run("inspect", { modelPath: "a" }, { progress: (step) => steps.push(step) }),
      client.run("inspect", { modelPath: "b" }),
    ]);
    expect(reports.map((report) => Reflect.get(report, "modelPath") as unknown)).toEqual(["a", "b"]);
    expect(Reflect.get(reports[0], "process")).toBe(Reflect.get(reports[1], "process"));
    expect(steps).toEqual(["Working"]);
  });

  it("hands errors over with their place", async () => {
    await expect(newClient().run("inspect", { modelPath: "fail" })).rejects.toThrow(
      "fail: the file is empty. Export it.",
    );
  });

  it.each(["crash", "exit"])("says so when the process ends by %s, and goes on with a new one", async (how) => {
    const log: string[] = [];
    const client = newClient(log);
    const [first, second] = [
      rejectionCodeOf(client.run("inspect", { modelPath: how })),
      client.run("inspect", { modelPath: "b" }),
    ];
    expect(await first).toBe("worker-crashed");
    expect(Reflect.get(await second, "modelPath")).toBe("b");
    expect(log.filter((line) => line.includes("started"))).toHaveLength(2);
  });

  it("replaces a process that ends while idle, but not one that ends again and again", async () => {
    const log: string[] = [];
    const client = newClient(log);
    const started = () => log.filter((line) => line.includes("started")).length;
    const killed = async () => {
      const before = client.processId;
      expect(before).toBeDefined();
      if (before !== undefined) process.kill(before, "SIGKILL");
      await expect.poll(() => client.processId).not.toBe(before);
    };
    await client.run("inspect", { modelPath: "a" });
    await killed();
    expect(client.processId).toBeDefined();
    expect(started()).toBe(2);
    await killed();
    expect(client.processId).toBeUndefined();
    expect(started()).toBe(2);
    expect(Reflect.get(await client.run("inspect", { modelPath: "b" }), "modelPath")).toBe("b");
    await killed();
    expect(client.processId).toBeDefined();
  });

  it("stops listening to the signal of a job that has its answer", async () => {
    const client = newClient();
    const { signal } = new AbortController();
    const listeners = () => getEventListeners(signal, "abort").length;
    await client.run("inspect", { modelPath: "a" }, { signal });
    expect(listeners()).toBe(0);
    expect(await rejectionCodeOf(client.run("inspect", { modelPath: "fail" }, { signal }))).toBe("model-empty");
    expect(listeners()).toBe(0);
    const jobs = ["hang", "queued"].map((modelPath) =>
      rejectionCodeOf(client.run("inspect", { modelPath }, { signal })),
    );
    expect(listeners()).toBe(2);
    client.dispose();
    expect(await Promise.all(jobs)).toEqual(["cancelled", "cancelled"]);
    expect(listeners()).toBe(0);
  });

  it("cancels a running job by killing the process, and a queued one without", async () => {
    const client = newClient();
    const running = new AbortController();
    const queued = new AbortController();
    const jobs = [
      rejectionCodeOf(client.run("inspect", { modelPath: "hang" }, { signal: running.signal })),
      rejectionCodeOf(client.run("inspect", { modelPath: "b" }, { signal: queued.signal })),
    ];
    const third = client.run("inspect", { modelPath: "c" });
    const before = client.processId;
    queued.abort();
    expect(await jobs[1]).toBe("cancelled");
    expect(client.processId).toBe(before);
    running.abort();
    expect(await jobs[0]).toBe("cancelled");
    expect(Reflect.get(await third, "modelPath")).toBe("c");
    expect(client.processId).not.toBe(before);
    await expect.poll(() => isAlive(before)).toBe(false);
  });

  it("refuses a job that is already cancelled, and everything once disposed", async () => {
    const client = newClient();
    expect(await rejectionCodeOf(client.run("inspect", { modelPath: "a" }, { signal: AbortSignal.abort() }))).toBe(
      "cancelled",
    );
    await client.run("inspect", { modelPath: "a" });
    const process = client.processId;
    const running = rejectionCodeOf(client.run("inspect", { modelPath: "hang" }));
    client.dispose();
    expect(await running).toBe("cancelled");
    expect(await rejectionCodeOf(client.run("inspect", { modelPath: "a" }))).toBe("cancelled");
    await expect.poll(() => isAlive(process)).toBe(false);
  });
});
