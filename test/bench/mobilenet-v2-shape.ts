/** A model with the layers of MobileNetV2 1.0 at 224², batch norms folded, seeded weights: 14 MB of real work without a download. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { buildModel, encode, floatTensor, node, randomTensor, value } from "../unit/engine/onnx/model-builder";

/** Expansion, output channels, repeats, stride: Table 2 of Sandler et al. 2018. */
const BLOCKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

export function mobileNetV2Shape(): Uint8Array {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  let at = "input";

  const convolution = (
    from: string,
    input: number,
    output: number,
    kernel: number,
    stride: number,
    group: number,
  ): string => {
    const index = nodes.length;
    const name = `conv${index}`;
    initializers.push(
      randomTensor(`${name}.weight`, [output, input / group, kernel, kernel], index + 1),
      randomTensor(`${name}.bias`, [output], index + 1001),
    );
    const pad = kernel >> 1;
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], group };
    nodes.push(node("Conv", [from, `${name}.weight`, `${name}.bias`], [name], attributes, name));
    return name;
  };
  const relu6 = (from: string): string => {
    nodes.push(node("Clip", [from, "zero", "six"], [`${from}.relu6`]));
    return `${from}.relu6`;
  };

  initializers.push(floatTensor("zero", [], [0]), floatTensor("six", [], [6]));
  at = relu6(convolution(at, 3, 32, 3, 2, 1));
  let channels = 32;
  for (const [expansion, output, repeats, firstStride] of BLOCKS) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const input = at;
      const stride = repeat === 0 ? firstStride : 1;
      const hidden = channels * expansion;
      if (expansion > 1) at = relu6(convolution(at, channels, hidden, 1, 1, 1));
      at = relu6(convolution(at, hidden, hidden, 3, stride, hidden));
      at = convolution(at, hidden, output, 1, 1, 1);
      if (stride === 1 && channels === output) {
        nodes.push(node("Add", [input, at], [`${at}.sum`]));
        at = `${at}.sum`;
      }
      channels = output;
    }
  }
  at = relu6(convolution(at, channels, 1280, 1, 1, 1));
  initializers.push(
    randomTensor("classifier.weight", [1000, 1280], 7001),
    randomTensor("classifier.bias", [1000], 7002),
  );
  nodes.push(
    node("GlobalAveragePool", [at], ["pooled"]),
    node("Flatten", ["pooled"], ["flat"]),
    node("Gemm", ["flat", "classifier.weight", "classifier.bias"], ["output"], { transB: 1 }, "classifier"),
  );
  return encode(
    buildModel({
      nodes,
      initializers,
      inputs: [value("input", ["N", 3, 224, 224])],
      outputs: [value("output", ["N", 1000])],
    }),
  );
}
