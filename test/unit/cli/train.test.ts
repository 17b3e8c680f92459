/** `bitwright train` and Ctrl+C, in a process of its own. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { newNetwork } from "../../../src/engine/training/new-networks/new-network";
import { temporaryFolder } from "../temporary-folder";
import { buildCli } from "./built-cli";

const scratch = temporaryFolder();
const SAMPLES = 40;
let script: string;

beforeAll(async () => {
  script = await buildCli(scratch);
  writeFileSync(join(scratch, "model.onnx"), newNetwork("mlp", { sizes: [3, 4, 2] }));
  const rows = Array.from({ length: SAMPLES }, (_, i) => [i % 3, (i % 5) - 2, i % 7]);
  writeFileSync(join(scratch, "x.csv"), rows.map((row) => `${row.join(",")}\n`).join(""));
  writeFileSync(join(scratch, "y.csv"), rows.map(([first]) => `${first > 0 ? 1 : 0}\n`).join(""));
});

/** Trains into a folder, and sends Ctrl+C with the first evaluation where that is asked for. */
async function train(out: string, { interrupt, more }: { interrupt: boolean; more: readonly string[] }) {
  const data = ["--data", "x.csv", "--labels", "y.csv", "--batch", "8"];
  const child = spawn(process.execPath, [script, "train", "model.onnx", ...data, "--out", out, ...more], {
    cwd: scratch,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.once("data", () => {
    if (interrupt) child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, said };
}

const LONG = ["--epochs", "100000"];

// Windows has no signals: what sends them there ends the process.
describe.skipIf(process.platform === "win32")("Ctrl+C", () => {
  it("leaves a checkpoint, no model, and a sentence", async () => {
    const { code, said } = await train("stopped", { interrupt: true, more: [...LONG, "--checkpoint", "run"] });
    expect(said).toBe(
      "bitwright: model.onnx: training was stopped, and no model was written. The same command with --resume goes on from the checkpoint. [cancelled]\n",
    );
    expect(code).toBe(130);
    expect(existsSync(join(scratch, "stopped"))).toBe(false);
    const first = readFileSync(join(scratch, "run"));
    const again = await train("stopped", { interrupt: true, more: [...LONG, "--checkpoint", "run", "--resume"] });
    expect(again.code).toBe(130);
    expect(readFileSync(join(scratch, "run")).equals(first)).toBe(false);
  });

  it("says how a run could have been resumed", async () => {
    const { code, said } = await train("lost", { interrupt: true, more: LONG });
    expect(said).toContain("With --checkpoint FILE, a stopped run can be resumed");
    expect(code).toBe(130);
    expect(existsSync(join(scratch, "lost"))).toBe(false);
  });

  it("is not needed for a run to end", async () => {
    const { code, said } = await train("done", { interrupt: false, more: ["--epochs", "1"] });
    expect(said).toBe("");
    expect(code).toBe(0);
    expect(existsSync(join(scratch, "done", "model.onnx"))).toBe(true);
  });
});

it.each([
  [["--momentum", "0.8"], "--momentum: it is read by the optimizer sgd alone"],
  [["--wanted-kurtosis", "-1"], "--wanted-kurtosis: it is read beside a penalty on the kurtosis alone"],
  [["--validation-labels", "y.csv"], "--validation-labels needs --validation-data FILE"],
  [["--validation-targets", "y.csv"], "--validation-targets needs --validation-data FILE"],
  [
    ["--validation-data", "x.csv", "--validation-share", "0.2"],
    "--validation-share is read without --validation-data alone",
  ],
  [["--weight-sharing", "0.001"], "no layer has this scheme"],
])("refuses %j, which nothing would read", async (more, problem) => {
  const { code, said } = await train("unread", { interrupt: false, more });
  expect(said).toContain(problem);
  expect(code).not.toBe(0);
  expect(existsSync(join(scratch, "unread"))).toBe(false);
});
