import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { note } from "../notes";
import { activate, reportOf, workspaceFile } from "./bitwright";
import { LARGE_MODEL_PARAMETERS, largeModel } from "./large-model";

const PROBE_MS = 5;
/** Of the time until the model is shown: what a host that loads models itself takes is all of it. */
const MOST_BUSY = 0.5;
const MICROSECONDS_PER_MS = 1e3;
const NANOSECONDS_PER_MS = 1e6;

describe("Extension host", () => {
  it("keeps answering while a model of 100 MB is loaded", async () => {
    const api = await activate();
    const name = "large.onnx";
    const uri = workspaceFile(`models/${name}`);
    const bytes = largeModel();
    await vscode.workspace.fs.writeFile(uri, bytes);

    const delays = monitorEventLoopDelay({ resolution: PROBE_MS });
    let answers = 0;
    const probe = setInterval(() => {
      answers += 1;
    }, PROBE_MS);
    const started = performance.now();
    const before = process.cpuUsage();
    delays.enable();
    await vscode.commands.executeCommand("vscode.open", uri);
    const report = await reportOf(api, name);
    delays.disable();
    const elapsed = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    const busy = (user + system) / MICROSECONDS_PER_MS / elapsed;
    clearInterval(probe);

    const longest = delays.max / NANOSECONDS_PER_MS - PROBE_MS;
    note(
      `${(bytes.length / 1e6).toFixed(0)} MB loaded in ${elapsed.toFixed(0)} ms; the host answered ${answers} times, ` +
        `longest delay ${longest.toFixed(1)} ms, 99th percentile ${(delays.percentile(99) / NANOSECONDS_PER_MS - PROBE_MS).toFixed(1)} ms; ` +
        `busy for ${(100 * busy).toFixed(0)} % of the time`,
    );
    assert.equal(report.totals.parameters, LARGE_MODEL_PARAMETERS);
    // Neither delays nor answers, which a busy machine can stretch and hold back.
    assert.ok(busy < MOST_BUSY, `busy for ${(100 * busy).toFixed(0)} % of ${elapsed.toFixed(0)} ms`);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await vscode.workspace.fs.delete(uri);
  });
});
