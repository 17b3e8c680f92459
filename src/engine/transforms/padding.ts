/** Whether a layer sees the same part of its kernel at every position. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intsAttribute } from "../graph/attributes";
import type { Layer } from "../graph/layer";

/** True where every output position reads the whole kernel, so that a constant input adds the same everywhere: no padding. */
export function readsEveryPositionAlike({ op }: Layer, node: NodeProto): boolean {
  if (op !== "Conv") return op !== "ConvTranspose";
  const automatic = new TextDecoder().decode(findAttribute(node, "auto_pad")?.s ?? new Uint8Array());
  if (automatic !== "" && automatic !== "NOTSET") return automatic === "VALID";
  return (intsAttribute(node, "pads") ?? []).every((pad) => pad === 0);
}
