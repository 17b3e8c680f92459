/** What a quantized model says of its making. */
import { create } from "@bufbuild/protobuf";
import { ModelProtoSchema, StringStringEntryProtoSchema, type ModelProto } from "onnx-buf";
import { ONNX_PRODUCER } from "../banner";
import { copyOf } from "../../onnx/model";

const PREFIX = "bitwright.";

/**
 * The model with Bitwright as its producer, by which its file is known, and with entries `bitwright.*` in its properties in
 * place of older ones.
 */
export function withOrigin(
  proto: ModelProto,
  generatorVersion: string,
  entries: Readonly<Record<string, string>>,
): ModelProto {
  const copy = copyOf(ModelProtoSchema, proto);
  copy.producerName = ONNX_PRODUCER;
  copy.producerVersion = generatorVersion;
  const own = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key: PREFIX + key, value }),
  );
  copy.metadataProps = [...proto.metadataProps.filter(({ key }) => !key.startsWith(PREFIX)), ...own];
  return copy;
}
