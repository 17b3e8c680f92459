/** What the report says of a model as a file: who made it, what goes in, what comes out. */
import type { ValueInfoProto } from "onnx-buf";
import { NOT_MEASURED } from "../protocol/noise";
import type { Report, ValueInfo } from "../protocol/report";
import { dataTypeName } from "./onnx/data-types";
import type { OnnxModel } from "./onnx/model";

/** @param parameters elements of all constant float tensors */
export function modelFacts(model: OnnxModel, parameters: number): Report["model"] {
  const { proto, graph, source } = model;
  const constants = new Set(graph.initializer.map(({ name }) => name));
  return {
    name: source.name,
    sha256: source.sha256,
    bytes: source.bytes.length,
    producer: [proto.producerName, proto.producerVersion].filter((part) => part !== "").join(" "),
    irVersion: Number(proto.irVersion),
    opsets: proto.opsetImport.map(({ domain, version }) => ({ domain, version: Number(version) })),
    inputs: graph.input.filter(({ name }) => !constants.has(name)).map(valueInfo),
    outputs: graph.output.map(valueInfo),
    nodes: graph.node.length,
    parameters,
    ...NOT_MEASURED,
  };
}

function valueInfo({ name, type }: ValueInfoProto): ValueInfo {
  if (type?.value.case !== "tensorType") return { name, type: type?.value.case ?? "unknown", shape: null };
  const { elemType, shape } = type.value.value;
  const dims = shape?.dim.map(({ value }) => {
    if (value.case === "dimValue") return Math.max(0, Number(value.value));
    return value.case === "dimParam" ? value.value : "";
  });
  return { name, type: dataTypeName(elemType), shape: dims ?? null };
}
