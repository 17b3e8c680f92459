/** What the states of LSTM and GRU stand for, and their conversion from and to codes. */
import type { NodeProto } from "onnx-buf";
import { nameOrOutput } from "../../graph/names";
import { elementCount } from "../../onnx/tensor";
import { fitChannelLinear, type FittedChannelLinear } from "../arithmetic/fit-channel-linear";
import { STATE_FRACTION_BITS, SUM_FRACTION_BITS } from "../arithmetic/hyperbolic";
import type { ProgramTensor } from "../program";
import type { LoweringContext } from "./context";
import { refuse } from "./refusal";

/** What the hidden state stands for, and of what range it is. */
export const STATE_STEPS = {
  type: "int16",
  scale: 2 ** -STATE_FRACTION_BITS,
  zeroPoint: 0,
  codeMin: 1 - 2 ** STATE_FRACTION_BITS,
  codeMax: 2 ** STATE_FRACTION_BITS - 1,
  rounding: "nearest",
} as const;

/** The same of cells, whose range depends on the number of steps. */
export const CELL_STEPS = {
  type: "int32",
  scale: 2 ** -SUM_FRACTION_BITS,
  zeroPoint: 0,
  rounding: "nearest",
} as const;

type Steps = Pick<ProgramTensor, "type" | "scale" | "zeroPoint" | "codeMin" | "codeMax" | "rounding">;

const SAME = { positive: 1, negative: 1, added: 0, compute: (x: number) => x };

/** From codes to the codes that stand for the same. @throws BitwrightError operator-unsupported for extreme scales */
export function conversion(node: NodeProto, from: Steps, to: Steps): FittedChannelLinear {
  const bounds = { activationMin: to.codeMin, activationMax: to.codeMax };
  const fitted = fitChannelLinear([SAME], from, to, bounds);
  if (fitted === null) throw refuse(node, "the ratio of its scales is extreme");
  return fitted;
}

/** Gives one tensor what another stands for, in its own steps. */
export function convertState(
  node: NodeProto,
  from: number,
  to: number,
  { tensors, operations }: LoweringContext,
): void {
  operations.push({
    kind: "channel-linear",
    node: nameOrOutput(node),
    operator: `${node.opType} state`,
    inputs: [from],
    output: to,
    ...conversion(node, tensors[from], tensors[to]),
    outerCount: 1,
    innerCount: elementCount(tensors[to].dims),
  });
}
