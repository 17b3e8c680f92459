/** The worker's start, and a model of 14 MB from file to header and report. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importTypeScript, median, milliseconds, printTable, processCost, ROOT, row } from "./support.mjs";

const RUNS = 7;

async function workerStart() {
  return milliseconds(RUNS, async () => {
    const worker = fork(`${ROOT}/dist/worker.js`, { silent: true });
    await once(worker, "message");
    worker.kill("SIGKILL");
  });
}

export async function run() {
  const scratch = mkdtempSync(join(tmpdir(), "bitwright-bench-"));
  try {
    const model = join(scratch, "mobilenet-v2-shape.onnx");
    const { mobileNetV2Shape } = await importTypeScript("test/bench/mobilenet-v2-shape.ts");
    writeFileSync(model, mobileNetV2Shape());

    const quantize = [
      `${ROOT}/dist/cli.js`,
      "quantize",
      model,
      "--out",
      join(scratch, "out"),
      "--emit",
      "weights,report",
    ];
    const costs = [];
    for (let count = 0; count < RUNS; count++) {
      rmSync(join(scratch, "out"), { recursive: true, force: true });
      costs.push(processCost(quantize));
    }
    const inspect = [];
    for (let count = 0; count < RUNS; count++) inspect.push(processCost([`${ROOT}/dist/cli.js`, "inspect", model]));
    const reading = await milliseconds(RUNS, () => createHash("sha256").update(readFileSync(model)).digest());

    const times = median(costs.map((cost) => cost.milliseconds));
    printTable("Process and pipeline", [
      row("cold worker, from fork to ready", await workerStart(), "ms", 400),
      row("14 MB model: inspect, whole process", median(inspect.map((cost) => cost.milliseconds)), "ms", 1000),
      row("14 MB model: quantize + C + report, whole process", times, "ms", 1000),
      row("14 MB model: peak memory", median(costs.map((cost) => cost.megabytes)), "MB", 300),
      row("14 MB model: the same in units of reading and hashing the file", times / reading, "×", null),
    ]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
