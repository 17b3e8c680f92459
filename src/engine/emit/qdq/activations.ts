/** Activations as integers: pairs of QuantizeLinear and DequantizeLinear. */
import { CEIL_MARGIN, type ActivationParameters } from "../../activations/parameters";
import type { ActivationPlan } from "../../activations/plan";
import { BitwrightError } from "../../../protocol/errors";
import { makeFloatTensor } from "../../onnx/build";
import { DataType } from "../../onnx/data-types";
import { codeTypeFor, packCodes, type CodeType } from "./code-types";
import type { Insertions } from "./insertions";

/** The plan of a model's activations and the parameters of its groups, in the plan's order; null leaves a group in float. */
export interface QuantizedActivations {
  readonly plan: ActivationPlan;
  readonly parameters: readonly (ActivationParameters | null)[];
}

/** Parameters of the group that the value belongs to; null where it stays float. */
export function parametersOf(value: string, { plan, parameters }: QuantizedActivations): ActivationParameters | null {
  const group = plan.groupOf.get(value);
  return group === undefined ? null : (parameters[group] ?? null);
}

/** @throws BitwrightError recipe-invalid where no ONNX type holds the codes */
export function activationType({ bits, codeMin, codeMax }: ActivationParameters): CodeType {
  const type = codeTypeFor(codeMin, codeMax, false);
  if (type !== undefined) return type;
  throw new BitwrightError(
    "recipe-invalid",
    `ONNX has no integers for activations of ${bits} bits with codes ${codeMin} to ${codeMax}`,
    "Choose at most 16 bits",
    { field: "activations" },
  );
}

const SMALLEST_SOFTMAX_SCALE = 1 / 256;

/** Inserts the pairs; values of one group read the same constants. */
export class ActivationPairs {
  private readonly constants = new Map<ActivationParameters, readonly [scale: string, zeroPoint: string]>();

  constructor(private readonly graph: Insertions) {}

  /**
   * Rounds a value to the codes of its parameters and back.
   * @param value what is rounded
   * @param label what new names begin with
   * @param producer operator that makes the value; empty for inputs of the model
   * @param rounded name of the rounded value; a new one where undefined
   * @returns the name of the rounded value
   */
  insert(value: string, label: string, parameters: ActivationParameters, producer: string, rounded?: string): string {
    const { graph } = this;
    const [scale, zeroPoint] = this.constantsOf(label, parameters);
    const apart = this.keptApart(value, label, parameters, producer);
    const reachable = this.clipped(this.roundedUp(apart, label, scale, parameters), label, parameters);
    const codes = graph.node("QuantizeLinear", [reachable, scale, zeroPoint], `${label}_quantized`);
    const inputs = [codes, scale, zeroPoint];
    if (rounded === undefined) return graph.node("DequantizeLinear", inputs, `${label}_dequantized`);
    graph.nodeFor("DequantizeLinear", inputs, rounded);
    return rounded;
  }

  private constantsOf(label: string, parameters: ActivationParameters): readonly [string, string] {
    let names = this.constants.get(parameters);
    if (names === undefined) {
      const type = activationType(parameters);
      const scale = this.floatScalar(`${label}_scale`, parameters.scale);
      const bytes = packCodes([parameters.zeroPoint], type);
      names = [scale, this.graph.constant(`${label}_zero_point`, type.dataType, [], bytes)];
      this.constants.set(parameters, names);
    }
    return names;
  }

  /**
   * The integer Softmax of ONNX Runtime (1.30) overflows for steps below 1/256. A maximum with 0, which changes no
   * probability, keeps it from being used.
   */
  private keptApart(value: string, label: string, { scale }: ActivationParameters, producer: string): string {
    if (producer !== "Softmax" || scale >= SMALLEST_SOFTMAX_SCALE) return value;
    return this.graph.node("Max", [value, this.floatScalar(`${label}_zero`, 0)], `${label}_kept_apart`);
  }

  /** QuantizeLinear rounds to the nearest; the scheme `ceil` rounds up, after which the nearest is exact. */
  private roundedUp(value: string, label: string, scale: string, { scheme }: ActivationParameters): string {
    if (scheme !== "ceil") return value;
    const quotient = this.graph.node("Div", [value, scale], `${label}_quotient`);
    const margin = this.floatScalar(`${label}_margin`, CEIL_MARGIN);
    const lowered = this.graph.node("Sub", [quotient, margin], `${label}_lowered`);
    const whole = this.graph.node("Ceil", [lowered], `${label}_whole`);
    return this.graph.node("Mul", [whole, scale], `${label}_rounded_up`);
  }

  /** QuantizeLinear saturates at the ends of its type; codes of a narrower range are cut off before. */
  private clipped(value: string, label: string, parameters: ActivationParameters): string {
    const { codeMin, codeMax, zeroPoint, scale } = parameters;
    const { min, max } = activationType(parameters);
    if (codeMin === min && codeMax === max) return value;
    const bounds = [codeMin, codeMax].map((code, end) =>
      this.floatScalar(`${label}_${["min", "max"][end]}`, scale * (code - zeroPoint)),
    );
    return this.graph.node("Clip", [value, ...bounds], `${label}_clipped`);
  }

  private floatScalar(wanted: string, value: number): string {
    return this.graph.constant(wanted, DataType.FLOAT, [], makeFloatTensor("", [], [value]).rawData);
  }
}
