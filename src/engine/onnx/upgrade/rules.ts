/**
 * What changed incompatibly in the ONNX operators between versions 7 and 25: for each operator and version, how a node of the
 * version before is written in this one. Source: the operator changelog of the ONNX specification.
 */
import { NodeProtoSchema, type AttributeProto, type NodeProto } from "onnx-buf";
import { findAttribute, floatAttribute, intAttribute } from "../../graph/attributes";
import { makeAttribute, makeNode, type AttributeContent } from "../build";
import { copyOf } from "../model";
import { notUpgradable, type Scope } from "./scope";

/** The nodes that stand for a node; their last outputs are the node's own. */
export type Rule = (node: NodeProto, scope: Scope) => readonly NodeProto[];

const axesToInput = { 18: intsToInputs("axes") };
const oneAxis = { 13: alongOneAxis };

const TABLE: Readonly<Record<string, Readonly<Record<number, Rule>>>> = {
  BatchNormalization: { 9: withoutSpatial, 14: firstOutputOnly },
  Clip: { 11: boundsToInputs },
  DFT: { 20: axisToThirdInput },
  Dropout: { 10: withoutMask, 12: ratioToInput },
  GridSample: { 20: renamedModes },
  GroupNormalization: { 21: parametersPerChannel },
  Hardmax: oneAxis,
  LogSoftmax: oneAxis,
  Pad: { 11: padsToInputs },
  ReduceL1: axesToInput,
  ReduceL2: axesToInput,
  ReduceLogSum: axesToInput,
  ReduceLogSumExp: axesToInput,
  ReduceMax: axesToInput,
  ReduceMean: axesToInput,
  ReduceMin: axesToInput,
  ReduceProd: axesToInput,
  ReduceSum: { 13: intsToInputs("axes") },
  ReduceSumSquare: axesToInput,
  Resize: { 11: explicitCoordinates, 13: withoutNearestHalfPixel },
  RoiAlign: { 16: outputHalfPixel },
  Scan: { 9: (node) => refuse(node, "its batch axis was removed") },
  Scatter: { 11: renamed("ScatterElements") },
  Slice: { 10: intsToInputs("starts", "ends", "axes") },
  Softmax: oneAxis,
  Split: { 13: intsToInputs("split"), 18: countedOutputs },
  Squeeze: { 13: intsToInputs("axes") },
  TopK: { 10: countToInput },
  Unsqueeze: { 13: intsToInputs("axes") },
  Upsample: { 9: scalesToInput, 10: renamed("Resize") },
};

export const RULES: ReadonlyMap<string, ReadonlyMap<number, Rule>> = new Map(
  Object.entries(TABLE).map(([operator, versions]) => [
    operator,
    new Map(Object.entries(versions).map(([version, rule]) => [Number(version), rule])),
  ]),
);

/** INTS attributes that became int64 inputs behind the first one. */
function intsToInputs(...names: readonly string[]): Rule {
  return (node, scope) => {
    const added = names.map((name) => {
      const ints = findAttribute(node, name)?.ints;
      return ints === undefined ? "" : scope.int64s(`${outputOf(node)}_${name}`, ints);
    });
    return [changed(node, { inputs: [node.input[0], ...added], without: names })];
  };
}

function renamed(opType: string): Rule {
  return (node) => {
    const copy = copyOf(NodeProtoSchema, node);
    copy.opType = opType;
    return [copy];
  };
}

function boundsToInputs(node: NodeProto, scope: Scope): NodeProto[] {
  const [x] = node.input;
  const bounds = ["min", "max"].map((name) => {
    const bound = findAttribute(node, name);
    return bound === undefined ? "" : scope.scalarLike(`${outputOf(node)}_${name}`, bound.f, x, node);
  });
  return [changed(node, { inputs: [x, ...bounds], without: ["min", "max"] })];
}

function padsToInputs(node: NodeProto, scope: Scope): NodeProto[] {
  const [x] = node.input;
  const pads = scope.int64s(`${outputOf(node)}_pads`, findAttribute(node, "pads")?.ints ?? []);
  const fill = floatAttribute(node, "value", 0);
  const filling = fill === 0 ? "" : scope.scalarLike(`${outputOf(node)}_value`, fill, x, node);
  return [changed(node, { inputs: [x, pads, filling], without: ["pads", "value"] })];
}

function countToInput(node: NodeProto, scope: Scope): NodeProto[] {
  const k = scope.int64s(`${outputOf(node)}_k`, [findAttribute(node, "k")?.i ?? 0n]);
  return [changed(node, { inputs: [node.input[0], k], without: ["k"] })];
}

function countedOutputs(node: NodeProto): NodeProto[] {
  return (node.input[1] ?? "") === "" ? [changed(node, { set: { num_outputs: node.output.length } })] : [node];
}

function axisToThirdInput(node: NodeProto, scope: Scope): NodeProto[] {
  const axis = scope.int64s(`${outputOf(node)}_axis`, [BigInt(intAttribute(node, "axis", 1))], []);
  return [changed(node, { inputs: [node.input[0], node.input[1] ?? "", axis], without: ["axis"] })];
}

/**
 * Up to version 11 the axes from `axis` on are normalized as one, since 13 `axis` alone. The two agree on the last axis;
 * before any other the tensor is flattened to a matrix, and takes back its shape behind.
 */
function alongOneAxis(node: NodeProto, scope: Scope): NodeProto[] {
  const [x] = node.input;
  const y = outputOf(node);
  const axis = intAttribute(node, "axis", 1);
  const rank = scope.rank(x) ?? scope.rank(y);
  if (axis === -1 || axis + 1 === rank) return [changed(node, { set: { axis } })];
  const [shape, matrix, normalized] = ["shape", "matrix", "normalized"].map((part) => scope.name(`${y}_${part}`));
  return [
    makeNode("Shape", [x], shape),
    makeNode("Flatten", [x], matrix, { axis }),
    changed(node, { inputs: [matrix], outputs: [normalized], set: { axis: -1 } }),
    makeNode("Reshape", [normalized, shape], y),
  ];
}

function withoutSpatial(node: NodeProto): NodeProto[] {
  if (intAttribute(node, "spatial", 1) !== 1) refuse(node, "statistics of single elements (spatial = 0) were removed");
  return [changed(node, { without: ["spatial"] })];
}

function firstOutputOnly(node: NodeProto): NodeProto[] {
  if (node.output.slice(1).some((output) => output !== "")) refuse(node, "its outputs for training changed");
  return [changed(node, { outputs: [node.output[0]] })];
}

function withoutMask(node: NodeProto, scope: Scope): NodeProto[] {
  const mask = node.output.at(1) ?? "";
  if (mask !== "" && scope.isRead(mask)) refuse(node, "its mask became boolean");
  return [changed(node, { outputs: [node.output[0]] })];
}

function ratioToInput(node: NodeProto, scope: Scope): NodeProto[] {
  const [x] = node.input;
  const ratio = findAttribute(node, "ratio");
  const inputs = ratio === undefined ? [x] : [x, scope.scalarLike(`${outputOf(node)}_ratio`, ratio.f, x, node)];
  return [changed(node, { inputs, without: ["ratio"] })];
}

function scalesToInput(node: NodeProto, scope: Scope): NodeProto[] {
  const scales = scope.floatList(`${outputOf(node)}_scales`, findAttribute(node, "scales")?.floats ?? []);
  return [changed(node, { inputs: [node.input[0], scales], without: ["scales"] })];
}

/**
 * Version 10 leaves the coordinates to the implementation. ONNX Runtime scales them without an offset and, for `nearest`,
 * rounds them down, but up where it shrinks; computed scales are taken for enlarging ones.
 */
function explicitCoordinates(node: NodeProto, scope: Scope): NodeProto[] {
  const [x, scales] = node.input;
  const shrinks = scope.floats(scales)?.some((scale) => scale < 1) ?? false;
  const set = { coordinate_transformation_mode: "asymmetric", nearest_mode: shrinks ? "ceil" : "floor" };
  return [changed(node, { inputs: [x, "", scales], set })];
}

function withoutNearestHalfPixel(node: NodeProto): NodeProto[] {
  const mode = "tf_half_pixel_for_nn";
  if (text(findAttribute(node, "coordinate_transformation_mode")) === mode) refuse(node, `${mode} was removed`);
  return [node];
}

function outputHalfPixel(node: NodeProto): NodeProto[] {
  return [changed(node, { set: { coordinate_transformation_mode: "output_half_pixel" } })];
}

function renamedModes(node: NodeProto): NodeProto[] {
  const mode = text(findAttribute(node, "mode")) ?? "bilinear";
  return [changed(node, { set: { mode: mode.replace(/^bi(?=linear$|cubic$)/, "") } })];
}

/** Scale and bias had one value a group of channels, and now have one a channel. */
function parametersPerChannel(node: NodeProto, scope: Scope): NodeProto[] {
  const y = outputOf(node);
  const name = (part: string) => scope.name(`${y}_${part}`);
  const groups = scope.int64s(`${y}_groups`, [findAttribute(node, "num_groups")?.i ?? 1n]);
  const [one, last] = [scope.int64s(`${y}_axis`, [1n]), scope.int64s(`${y}_flat`, [-1n])];
  const [channels, perGroup, shape] = [name("channels"), name("per_group"), name("shape")];
  const shared = [
    makeNode("Shape", [node.input[0]], channels, { start: 1, end: 2 }),
    makeNode("Div", [channels, groups], perGroup),
    makeNode("Concat", [groups, perGroup], shape, { axis: 0 }),
  ];
  const repeated = ["scale", "bias"].map((part, index) => {
    const [column, matrix, list] = [name(`${part}_column`), name(`${part}_matrix`), name(part)];
    return [
      makeNode("Unsqueeze", [node.input[index + 1], one], column),
      makeNode("Expand", [column, shape], matrix),
      makeNode("Reshape", [matrix, last], list),
    ];
  });
  const inputs = [node.input[0], ...repeated.map((nodes) => nodes[2].output[0])];
  return [...shared, ...repeated.flat(), changed(node, { inputs })];
}

function refuse(node: NodeProto, reason: string): never {
  throw notUpgradable(node, reason);
}

interface Change {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** Attributes to set, in place of those of the same name. */
  readonly set?: Readonly<Record<string, AttributeContent>>;
  /** Attributes to drop. */
  readonly without?: readonly string[];
}

function changed(node: NodeProto, { inputs, outputs, set = {}, without = [] }: Change): NodeProto {
  const copy = copyOf(NodeProtoSchema, node);
  if (inputs !== undefined) copy.input = withoutTrailing(inputs);
  if (outputs !== undefined) copy.output = [...outputs];
  const gone = new Set([...without, ...Object.keys(set)]);
  const added = Object.entries(set).map(([name, content]) => makeAttribute(name, content));
  copy.attribute = [...node.attribute.filter(({ name }) => !gone.has(name)), ...added];
  return copy;
}

/** Absent optional inputs at the end are left out. */
function withoutTrailing(inputs: readonly string[]): string[] {
  return inputs.slice(0, inputs.findLastIndex((input) => input !== "") + 1);
}

function outputOf(node: NodeProto): string {
  return node.output[0];
}

function text(attribute: AttributeProto | undefined): string | undefined {
  return attribute === undefined ? undefined : new TextDecoder().decode(attribute.s);
}
