/** Windows of convolutions and pooling: padding, strides, dilations and what they make of the spatial dimensions. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intAttribute, intsAttribute } from "../../graph/attributes";
import { refuse } from "./refusal";

/** One spatial axis. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/** Height and width; of one-dimensional operators the height is 1. */
export type Windows = readonly [height: WindowAxis, width: WindowAxis];

const SINGLE: WindowAxis = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };

/**
 * The windows of a Conv or pooling node.
 * @param input spatial dimensions, one or two
 * @param kernel of as many dimensions
 * @throws BitwrightError not-available, model-invalid
 */
export function windowsOf(node: NodeProto, input: readonly number[], kernel: readonly number[]): Windows {
  if (input.length !== kernel.length || input.length < 1 || input.length > 2) {
    throw refuse(node, `it has ${input.length} spatial dimensions; one and two are supported`);
  }
  const rank = input.length;
  const strides = intsAttribute(node, "strides") ?? [];
  const dilations = intsAttribute(node, "dilations") ?? [];
  const pads = intsAttribute(node, "pads") ?? [];
  const autoPad = textAttribute(node, "auto_pad", "NOTSET");
  const ceil = intAttribute(node, "ceil_mode", 0) === 1;
  const axes = input.map((size, axis) => {
    const given = { stride: strides[axis] ?? 1, dilation: dilations[axis] ?? 1 };
    const padding = autoPadding(autoPad, size, kernel[axis], given) ?? [pads[axis] ?? 0, pads[rank + axis] ?? 0];
    return windowAxis(
      node,
      { input: size, kernel: kernel[axis], ...given, padBegin: padding[0], padEnd: padding[1] },
      ceil,
    );
  });
  return rank === 1 ? [SINGLE, axes[0]] : [axes[0], axes[1]];
}

/** The windows of a ConvTranspose node: `output` is the larger side. */
export function transposedWindowsOf(node: NodeProto, input: readonly number[], kernel: readonly number[]): Windows {
  if (input.length !== kernel.length || input.length < 1 || input.length > 2) {
    throw refuse(node, `it has ${input.length} spatial dimensions; one and two are supported`);
  }
  const rank = input.length;
  const autoPad = textAttribute(node, "auto_pad", "NOTSET");
  const sizes = intsAttribute(node, "output_shape")?.slice(-rank);
  const axes = input.map((size, axis): WindowAxis => {
    const stride = (intsAttribute(node, "strides") ?? [])[axis] ?? 1;
    const dilation = (intsAttribute(node, "dilations") ?? [])[axis] ?? 1;
    const extra = (intsAttribute(node, "output_padding") ?? [])[axis] ?? 0;
    const pads = intsAttribute(node, "pads") ?? [];
    const full = (size - 1) * stride + (kernel[axis] - 1) * dilation + 1 + extra;
    const same = autoPad.startsWith("SAME");
    const output = sizes?.[axis] ?? (same ? size * stride : full - (pads[axis] ?? 0) - (pads[rank + axis] ?? 0));
    const total = Math.max(0, full - output);
    const derived = autoPad === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
    const padBegin = sizes !== undefined || same ? derived : (pads[axis] ?? 0);
    const numbers = [stride, dilation, kernel[axis], output];
    if (numbers.some((value) => !Number.isSafeInteger(value) || value < 1) || !(padBegin >= 0)) {
      throw refuse(node, "its kernel, strides, dilations or pads are not usable");
    }
    return { input: size, output, kernel: kernel[axis], stride, dilation, padBegin, padEnd: total - padBegin };
  });
  return rank === 1 ? [SINGLE, axes[0]] : [axes[0], axes[1]];
}

/** A text attribute. */
export function textAttribute(node: NodeProto, name: string, otherwise: string): string {
  const bytes = findAttribute(node, name)?.s;
  return bytes === undefined || bytes.length === 0 ? otherwise : new TextDecoder().decode(bytes);
}

function autoPadding(
  autoPad: string,
  input: number,
  kernel: number,
  { stride, dilation }: { readonly stride: number; readonly dilation: number },
): readonly [number, number] | null {
  if (autoPad === "VALID") return [0, 0];
  if (autoPad !== "SAME_UPPER" && autoPad !== "SAME_LOWER") return null;
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + (kernel - 1) * dilation + 1 - input);
  const less = Math.floor(total / 2);
  return autoPad === "SAME_UPPER" ? [less, total - less] : [total - less, less];
}

function windowAxis(node: NodeProto, axis: Omit<WindowAxis, "output">, ceil: boolean): WindowAxis {
  const { input, kernel, stride, dilation, padBegin, padEnd } = axis;
  const valid =
    [kernel, stride, dilation].every((value) => Number.isSafeInteger(value) && value > 0) &&
    [padBegin, padEnd].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!valid) throw refuse(node, "its kernel, strides, dilations or pads are not usable");
  const room = input + padBegin + padEnd - ((kernel - 1) * dilation + 1);
  let output = (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  if (ceil && (output - 1) * stride >= input + padBegin) output--;
  if (room < 0 || output < 1) throw refuse(node, "its kernel is larger than its padded input");
  return { ...axis, output };
}
