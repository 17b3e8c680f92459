/** `bitwright new`: a network with random weights, to be trained. */
import { lstatSync } from "node:fs";
import { ACTIVATIONS } from "../engine/training/new-networks/builder";
import { NEW_NETWORKS, newNetwork } from "../engine/training/new-networks/new-network";
import { BitwrightError } from "../protocol/errors";
import { replaceFile } from "../runtime/write-artifacts";
import { readArguments, usage, wholeNumber } from "./arguments";

export const NEW_OPTIONS = {
  out: { type: "string" },
  activation: { type: "string" },
  classes: { type: "string" },
  seed: { type: "string" },
} as const;

export function newCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, NEW_OPTIONS, ["NETWORK", "[SIZES]"]);
  const name = NEW_NETWORKS.find((network) => network === positionals[0]);
  if (name === undefined) throw usage(`there is no network "${positionals[0]}" (${NEW_NETWORKS.join(", ")})`);
  const { out } = values;
  if (out === undefined) throw usage("--out FILE.onnx is missing");
  const wanted = values.activation?.toLowerCase();
  const activation = ACTIVATIONS.find((known) => known.toLowerCase() === wanted);
  if (wanted !== undefined && (activation === undefined || name !== "mlp")) {
    throw usage(`--activation of mlp takes ${ACTIVATIONS.map((known) => known.toLowerCase()).join(", ")}`);
  }
  if (name === "mlp" && values.classes !== undefined) throw usage("the last size of mlp is its number of classes");
  const sizes = positionals.at(1);
  const bytes = newNetwork(name, {
    ...(sizes !== undefined && { sizes: sizes.split("-").map((size) => wholeNumber(size, "a size of layers")) }),
    ...(activation !== undefined && { activation }),
    ...(values.classes !== undefined && { classes: wholeNumber(values.classes, "--classes") }),
    ...(values.seed !== undefined && { seed: wholeNumber(values.seed, "--seed") }),
  });
  if (lstatSync(out, { throwIfNoEntry: false }) !== undefined) {
    const remedy = "Move it away, or choose another name";
    throw new BitwrightError("output-foreign", "the file exists already", remedy, { field: out });
  }
  replaceFile(out, bytes);
  process.stdout.write(`${out}: ${name}, ${bytes.length} bytes\n`);
  return Promise.resolve(0);
}
