/** A model in a newer version of the default operator set. */
import { create } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type OperatorSetIdProto,
} from "onnx-buf";
import { BitwrightError } from "../../../protocol/errors";
import { Constants } from "../../graph/constants";
import { GraphIndex } from "../../graph/graph";
import { UniqueNames } from "../../graph/names";
import { copyOf, isDefaultDomain, type OnnxModel } from "../model";
import { OPERATORS } from "./operators";
import { RULES } from "./rules";
import { declarationsOf, namesWithin, notUpgradable, Scope } from "./scope";

/** Versions that quantized models need: 13 for scales per channel, 21 for codes of 16 and 4 bits and blocks, 25 for 2 bits. */
export type UpgradeTarget = 13 | 21 | 25;

/** Version of the file format (IR) that came with these operator sets. */
const IR_VERSIONS: Readonly<Record<UpgradeTarget, bigint>> = { 13: 7n, 21: 10n, 25: 13n };

/** Up to this version of the format, initializers are graph inputs too, and mean constants; later ones mean defaults. */
const LAST_IR_VERSION_WITH_INITIALIZERS_AS_INPUTS = 3n;

/**
 * The same model with the default operator set raised to at least `target`, and the format version with it. Values keep
 * their names; graphs inside of nodes are upgraded too. Operators of other domains are left as they are.
 *
 * @returns a model that shares all unchanged parts with the given one, which is not touched
 * @throws BitwrightError model-opset naming the node and what changed, where an operator is not known or cannot be
 *   written in the newer version
 */
export function upgradeOpset(model: OnnxModel, target: UpgradeTarget): OnnxModel {
  try {
    return upgrade(model, target);
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: model.source.name });
  }
}

function upgrade(model: OnnxModel, target: UpgradeTarget): OnnxModel {
  const proto = withIrVersion(model.proto, model.graph, IR_VERSIONS[target]);
  const graph = proto.graph ?? model.graph;
  if (model.opset >= target) return { ...model, proto, graph };
  const range = { from: model.opset, to: target };
  const upgraded = new Upgrade(model, range).graph(graph);
  proto.graph = upgraded;
  proto.opsetImport = withVersion(proto.opsetImport, target);
  proto.functions = proto.functions.map((item) => upgradedFunction(item, target));
  return { ...model, proto, graph: upgraded, opset: target };
}

interface Range {
  /** The version that the nodes are of. */
  readonly from: number;
  readonly to: number;
}

class Upgrade {
  private readonly names: UniqueNames;
  private readonly declarations;
  private readonly constants: Constants;

  constructor(
    model: OnnxModel,
    private readonly range: Range,
  ) {
    this.names = new UniqueNames(namesWithin(model.graph));
    this.declarations = declarationsOf(model.graph);
    this.constants = new Constants(model, new GraphIndex(model.graph));
  }

  graph(graph: GraphProto, constants: Constants | null = this.constants): GraphProto {
    const scope = new Scope(this.declarations, this.names, constants);
    const nodes = graph.node.flatMap((node) => upgradedNodes(this.withUpgradedSubgraphs(node), this.range, scope));
    const upgraded = copyOf(GraphProtoSchema, graph);
    upgraded.node = nodes;
    upgraded.initializer = [...graph.initializer, ...scope.initializers];
    return upgraded;
  }

  private withUpgradedSubgraphs(node: NodeProto): NodeProto {
    if (!node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0)) return node;
    const copy = copyOf(NodeProtoSchema, node);
    copy.attribute = node.attribute.map((attribute) => {
      const changed = copyOf(AttributeProtoSchema, attribute);
      if (attribute.g !== undefined) changed.g = this.graph(attribute.g, null);
      changed.graphs = attribute.graphs.map((inner) => this.graph(inner, null));
      return changed;
    });
    return copy;
  }
}

/** The node after all rules of the versions in the range, each applied to what the one before has made. */
function upgradedNodes(node: NodeProto, { from, to }: Range, scope: Scope): readonly NodeProto[] {
  if (!isDefaultDomain(node.domain)) return [node];
  if (!OPERATORS.has(node.opType)) throw notUpgradable(node, `opset ${from} to ${to} do not define it`);
  let nodes: readonly NodeProto[] = [node];
  for (let version = from + 1; version <= to; version++) {
    nodes = nodes.flatMap((item) => RULES.get(item.opType)?.get(version)?.(item, scope) ?? [item]);
  }
  return nodes;
}

/** A function of the model: its nodes may refer to attributes of the caller, so that no rule can be applied to them. */
function upgradedFunction(item: FunctionProto, target: UpgradeTarget): FunctionProto {
  const imported = item.opsetImport.find(({ domain }) => isDefaultDomain(domain));
  const from = Number(imported?.version ?? target);
  if (from >= target) return item;
  for (const node of item.node) {
    if (!isDefaultDomain(node.domain)) continue;
    const changes = [...(RULES.get(node.opType)?.keys() ?? [])].some((version) => version > from && version <= target);
    const holdsGraph = node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0);
    if (changes || holdsGraph || !OPERATORS.has(node.opType)) throw notUpgradable(node, "it is inside a function");
  }
  const copy = copyOf(FunctionProtoSchema, item);
  copy.opsetImport = withVersion(item.opsetImport, target);
  return copy;
}

function withVersion(imports: readonly OperatorSetIdProto[], version: number): OperatorSetIdProto[] {
  const others = imports.filter(({ domain }) => !isDefaultDomain(domain));
  return [create(OperatorSetIdProtoSchema, { version: BigInt(version) }), ...others];
}

/** The model with the format version raised; what it then would read as defaults stays constant. */
function withIrVersion(proto: ModelProto, graph: GraphProto, version: bigint): ModelProto {
  const copy = copyOf(ModelProtoSchema, proto);
  copy.graph = graph;
  if (proto.irVersion >= version) return copy;
  copy.irVersion = version;
  if (proto.irVersion > LAST_IR_VERSION_WITH_INITIALIZERS_AS_INPUTS) return copy;
  const initializers = new Set(graph.initializer.map(({ name }) => name));
  const changed = copyOf(GraphProtoSchema, graph);
  changed.input = graph.input.filter(({ name }) => !initializers.has(name));
  copy.graph = changed;
  return copy;
}
