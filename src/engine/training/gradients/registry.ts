/** The rule of each operator of the default domain. */
import { relu } from "./activations";
import { add } from "./arithmetic";
import { gemm, matMul } from "./matrix";
import type { GradientRule } from "./rule";

const TABLE: Readonly<Record<string, GradientRule>> = {
  Add: add,
  Gemm: gemm,
  MatMul: matMul,
  Relu: relu,
};

export const GRADIENT_RULES: ReadonlyMap<string, GradientRule> = new Map(Object.entries(TABLE));
