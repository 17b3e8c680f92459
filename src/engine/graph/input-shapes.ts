/** Dimensions that a model leaves open, fixed. */
import { create } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type TensorShapeProto_Dimension as Dimension,
  type ValueInfoProto,
} from "onnx-buf";
import { BitwrightError, shownName } from "../../protocol/errors";
import { copyOf, type OnnxModel } from "../onnx/model";

/** Input name → all its dimensions, the batch among them. */
export type InputShapes = Readonly<Record<string, readonly number[]>>;

/**
 * The model with the dimensions of inputs that are given. A symbol that an input's dimension has is replaced wherever the
 * graph's values have it. A batch of 1 leaves an open batch open: data are run in batches, and integer C is for one sample.
 *
 * @throws BitwrightError tensor-shape naming the input, where the model has no such input, or one of other dimensions
 */
export function withInputShapes(model: OnnxModel, shapes: InputShapes): OnnxModel {
  const given = new Map(Object.entries(shapes));
  if (given.size === 0) return model;
  const { graph } = model;
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !constants.has(name));
  for (const name of given.keys()) {
    if (!inputs.some((input) => input.name === name)) throw unknownInput(name, inputs);
  }
  const symbols = new Map<string, number>();
  const input = graph.input.map((info) => {
    const dims = given.get(info.name);
    return dims === undefined ? info : fixed(info, dims, symbols);
  });
  const replaced = (infos: readonly ValueInfoProto[]) => infos.map((info) => withSymbols(info, symbols));
  const copy = copyOf(GraphProtoSchema, graph);
  copy.input = replaced(input);
  copy.output = replaced(graph.output);
  copy.valueInfo = replaced(graph.valueInfo);
  const proto = copyOf(ModelProtoSchema, model.proto);
  proto.graph = copy;
  return { ...model, proto, graph: copy };
}

/** @param symbols gets the sizes that the input's symbols stand for */
function fixed(info: ValueInfoProto, dims: readonly number[], symbols: Map<string, number>): ValueInfoProto {
  const declared = dimensionsOf(info);
  if (declared === null) return withDimensions(info, dims.map(dimension));
  const fits =
    declared.length === dims.length &&
    declared.every((dim, axis) => isOpen(dim) || dim.value.value === BigInt(dims[axis]));
  if (!fits) {
    throw new BitwrightError(
      "tensor-shape",
      `the input has dimensions [${declared.map(shownDimension).join(", ")}], and [${dims.join(", ")}] are given`,
      "Give its fixed dimensions as they are, and sizes for the open ones",
      { field: info.name },
    );
  }
  const sizes = declared.map((dim, axis) => {
    const size = dims[axis];
    if (!isOpen(dim) || (axis === 0 && size === 1)) return dim;
    if (dim.value.case === "dimParam") noteSymbol(dim.value.value, size, info.name, symbols);
    return dimension(size);
  });
  return withDimensions(info, sizes);
}

function noteSymbol(symbol: string, size: number, input: string, symbols: Map<string, number>): void {
  const known = symbols.get(symbol) ?? size;
  if (known !== size) {
    throw new BitwrightError(
      "tensor-shape",
      `its dimension "${shownName(symbol)}" would be ${known} and ${size}`,
      "Give one size for dimensions of one name",
      { field: input },
    );
  }
  if (symbol !== "") symbols.set(symbol, size);
}

function withSymbols(info: ValueInfoProto, symbols: ReadonlyMap<string, number>): ValueInfoProto {
  const size = ({ value }: Dimension) => (value.case === "dimParam" ? symbols.get(value.value) : undefined);
  const declared = dimensionsOf(info);
  if (declared === null || declared.every((dim) => size(dim) === undefined)) return info;
  return withDimensions(
    info,
    declared.map((dim) => {
      const known = size(dim);
      return known === undefined ? dim : dimension(known);
    }),
  );
}

/** Null where the value declares no shape. */
function dimensionsOf({ type }: ValueInfoProto): readonly Dimension[] | null {
  return type?.value.case === "tensorType" ? (type.value.value.shape?.dim ?? null) : null;
}

function withDimensions(info: ValueInfoProto, dim: Dimension[]): ValueInfoProto {
  if (info.type?.value.case !== "tensorType") return info;
  const tensor = copyOf(TypeProto_TensorSchema, info.type.value.value);
  tensor.shape = create(TensorShapeProtoSchema, { dim });
  const copy = copyOf(ValueInfoProtoSchema, info);
  copy.type = copyOf(TypeProtoSchema, info.type);
  copy.type.value = { case: "tensorType", value: tensor };
  return copy;
}

function dimension(size: number): Dimension {
  return create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } });
}

/** Exporters write 0 and -1 for dimensions that are open, too. */
function isOpen({ value }: Dimension): boolean {
  return value.case !== "dimValue" || value.value <= 0n;
}

function shownDimension(dim: Dimension): string {
  if (!isOpen(dim)) return String(dim.value.value);
  return dim.value.case === "dimParam" && dim.value.value !== "" ? shownName(dim.value.value) : "?";
}

function unknownInput(name: string, inputs: readonly ValueInfoProto[]): BitwrightError {
  const known = inputs.slice(0, 5).map((input) => `"${shownName(input.name)}"`);
  return new BitwrightError(
    "tensor-shape",
    `dimensions are given for an input "${shownName(name)}", which the model does not have`,
    `Its inputs are ${known.join(", ")}`,
    { field: name },
  );
}
