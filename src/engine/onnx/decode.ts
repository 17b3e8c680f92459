/** Bytes to model. Everything that is not a model Bitwright knows is refused here, with a reason. */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type ModelProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { ModelSource } from "../model-source";
import { ModelFiles } from "./external-data";
import { isDefaultDomain, type OnnxModel } from "./model";
import { withRawData } from "./typed-data";
import { MAX_NESTING, scanModel, type WireProblem } from "./wire-scan";

/** Protobuf messages cannot be larger; ONNX keeps larger weights in files of their own. */
const MAX_MODEL_BYTES = 2 ** 31;

/** Versions of the default operator set whose operators Bitwright reads. */
export const MIN_OPSET = 7;
export const MAX_OPSET = 25;

/** IR versions are small counting numbers (13 in ONNX 1.20); anything far beyond is not an ONNX file. */
const MAX_PLAUSIBLE_IR_VERSION = 100n;

const LFS_POINTER = "version https://git-lfs.github.com/spec/";

/**
 * Decodes a serialized ModelProto. Byte fields of the result are views on `source.bytes`, or on one copy of them where weights
 * in typed fields have become raw data.
 *
 * @throws BitwrightError model-empty, model-too-large, model-lfs-pointer, model-not-onnx, model-opset or
 *   model-too-complex, in that order of checks as far as one can be made before the next
 */
export function decodeModel(source: ModelSource): OnnxModel {
  try {
    return decode(source);
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: source.name });
  }
}

function decode(source: ModelSource): OnnxModel {
  const { bytes } = source;
  checkFile(bytes);
  const { problem, typedData } = scanModel(bytes);
  if (problem !== null) throw refusal(problem);
  const proto = parse(withRawData(bytes, typedData));
  if (proto.irVersion < 1n || proto.irVersion > MAX_PLAUSIBLE_IR_VERSION) {
    throw notOnnx("the file does not declare an ONNX version");
  }
  if (proto.graph === undefined) throw notOnnx("the file holds no graph");
  return { proto, graph: proto.graph, opset: defaultOpset(proto), source: new ModelFiles(source) };
}

function checkFile(bytes: Uint8Array): void {
  if (bytes.length === 0) {
    throw new BitwrightError("model-empty", "the file is empty", "Export or download the model again");
  }
  if (bytes.length > MAX_MODEL_BYTES) {
    throw new BitwrightError(
      "model-too-large",
      "the file is larger than 2 GiB, which no ONNX file can be",
      "Save the model with its weights as external data",
    );
  }
  if (startsWith(bytes, LFS_POINTER)) {
    throw new BitwrightError(
      "model-lfs-pointer",
      "the file is a Git LFS pointer, not the model itself",
      'Run "git lfs pull" in its repository to fetch the model',
    );
  }
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { recursionLimit: MAX_NESTING + 1 });
  } catch {
    throw refusal("malformed");
  }
}

function defaultOpset(proto: ModelProto): number {
  const versions = proto.opsetImport.filter((entry) => isDefaultDomain(entry.domain)).map((entry) => entry.version);
  const supported = `versions ${MIN_OPSET} to ${MAX_OPSET} are supported`;
  if (versions.length === 0) {
    throw new BitwrightError(
      "model-opset",
      `the model names no version of the ONNX operator set (${supported})`,
      "Export the model again with a supported opset",
      { field: "opset_import" },
    );
  }
  const version = versions.reduce((highest, other) => (other > highest ? other : highest));
  if (version < MIN_OPSET || version > MAX_OPSET) {
    throw new BitwrightError(
      "model-opset",
      `the model uses opset ${shownName(String(version))} of the ONNX operators (${supported})`,
      "Export the model again, or convert it with the ONNX version converter",
      { field: "opset_import" },
    );
  }
  return Number(version);
}

function refusal(problem: WireProblem): BitwrightError {
  switch (problem) {
    case "malformed":
      return notOnnx("the file is not an ONNX model, or it is truncated or corrupt");
    case "nested":
      return tooComplex(`its parts are nested more than ${MAX_NESTING} deep`);
    case "string":
      return tooComplex("a name or text in it is longer than 16 MiB");
    case "expansion":
      return tooComplex("decoded it would take many times the memory of the file");
  }
}

function notOnnx(problem: string): BitwrightError {
  return new BitwrightError("model-not-onnx", problem, "Check the download, or export the model to ONNX again");
}

function tooComplex(reason: string): BitwrightError {
  return new BitwrightError(
    "model-too-complex",
    `the model is too complex: ${reason}`,
    "Simplify the model, or store its tensors as raw data",
  );
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return bytes.length >= text.length && Array.from(text).every((letter, at) => letter.charCodeAt(0) === bytes[at]);
}
