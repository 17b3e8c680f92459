import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newCommand } from "../../../src/cli/new";
import { newNetwork } from "../../../src/engine/training/new-networks/new-network";
import { codeOf } from "../caught";
import { temporaryFolder } from "../temporary-folder";

const scratch = temporaryFolder();

const codeOfArguments = (...args: string[]) => codeOf(() => newCommand(args));

describe("bitwright new", () => {
  it("writes the network that was asked for", async () => {
    const out = join(scratch, "small.onnx");
    await newCommand(["mlp", "5-4-3", "--out", out, "--activation", "tanh", "--seed", "9"]);
    const expected = newNetwork("mlp", { sizes: [5, 4, 3], activation: "Tanh", seed: 9 });
    expect(new Uint8Array(readFileSync(out))).toEqual(expected);
  });

  it("never replaces a file", () => {
    const out = join(scratch, "trained.onnx");
    writeFileSync(out, "trained for days");
    expect(codeOfArguments("lenet-5", "--out", out)).toBe("output-foreign");
    expect(readFileSync(out, "utf8")).toBe("trained for days");
  });

  it.each([
    ["an unknown network", ["vgg", "--out", "x.onnx"]],
    ["no place to write to", ["lenet-5"]],
    ["sizes that are no numbers", ["mlp", "5-x-3", "--out", "x.onnx"]],
    ["an unknown activation", ["mlp", "5-4", "--activation", "gelu", "--out", "x.onnx"]],
    ["an activation where it is fixed", ["lenet-5", "--activation", "relu", "--out", "x.onnx"]],
    ["classes beside sizes", ["mlp", "5-4", "--classes", "4", "--out", "x.onnx"]],
    ["a negative seed", ["lenet-5", "--seed", "-1", "--out", "x.onnx"]],
  ])("refuses %s", (_, args) => {
    expect(codeOfArguments(...args)).toBe("usage");
  });
});
