/** The combinations of transforms and scales that are measured. */
import type { ActivationSettings } from "../../src/engine/activations/parameters";
import type { RangeRule } from "../../src/engine/activations/ranges";
import type { BiasCorrectionMethod } from "../../src/engine/transforms/bias-correction";
import type { ClipMode, EqualizationMethod } from "../../src/engine/transforms/equalization";
import type { DeadChannelMode } from "../../src/engine/transforms/dead-channels";
import type { TransformOptions } from "../../src/engine/transforms/transform";
import type { BenchNetwork } from "./equalization-networks";

export interface Variant {
  readonly what: string;
  readonly options: TransformOptions;
  readonly activations: ActivationSettings;
  readonly range: RangeRule;
  /** What sets the range of a layer's weights. */
  readonly clip: "max" | "mse";
  readonly corrections: readonly (BiasCorrectionMethod | "none")[];
}

const FREE = { activations: { scheme: "affine", bits: 8 }, range: "max", clip: "max" } as const;
const POWER_OF_TWO = { activations: { scheme: "pow2", bits: 8 }, range: "max", clip: "max" } as const;
/** Every step, with weights clipped where that makes the least squared error. */
export const ALL_STEPS = "two-step, weights clipped by mse";
const BOTH = ["none", "empirical"] as const;

export function variantsOf({ hasClips, thorough }: BenchNetwork): Variant[] {
  return [
    {
      ...FREE,
      what: "none",
      options: { equalization: null, deadChannels: "keep" },
      corrections: thorough ? BOTH : ["none"],
    },
    ...(thorough
      ? ([
          { ...FREE, what: "one-step, dead channels kept", options: scaled("one-step", "keep"), corrections: ["none"] },
          { ...FREE, what: "two-step, dead channels kept", options: scaled("two-step", "keep"), corrections: BOTH },
          { ...FREE, what: "cle, dead channels kept", options: scaled("cle", "keep"), corrections: ["none"] },
          {
            ...FREE,
            what: "dead channels only",
            options: { equalization: null, deadChannels: "fold" },
            corrections: BOTH,
          },
        ] as const)
      : []),
    { ...FREE, what: "one-step", options: scaled("one-step"), corrections: BOTH },
    { ...FREE, what: "two-step", options: scaled("two-step"), corrections: [...BOTH, "analytic"] },
    { ...FREE, what: ALL_STEPS, clip: "mse", options: scaled("two-step"), corrections: ["empirical"] },
    { ...FREE, what: "two-step, ranges by mse", range: "mse", options: scaled("two-step"), corrections: ["empirical"] },
    { ...FREE, what: "cle", options: scaled("cle"), corrections: BOTH },
    ...(hasClips
      ? ([
          {
            ...FREE,
            what: "one-step, ReLU6 as in the paper",
            options: scaled("one-step", "fold", "paper"),
            corrections: ["none"],
          },
          {
            ...FREE,
            what: "two-step, ReLU6 as in the paper",
            options: scaled("two-step", "fold", "paper"),
            corrections: ["none"],
          },
        ] as const)
      : []),
    { ...POWER_OF_TWO, what: "two-step", options: scaled("two-step"), corrections: ["empirical"] },
    { ...POWER_OF_TWO, what: ALL_STEPS, clip: "mse", options: scaled("two-step"), corrections: ["empirical"] },
    { ...POWER_OF_TWO, what: "cle", options: scaled("cle"), corrections: ["empirical"] },
  ];
}

function scaled(
  method: EqualizationMethod,
  deadChannels: DeadChannelMode = "fold",
  clip: ClipMode = "exact",
): TransformOptions {
  return { equalization: { method, maxScale: 16, clip }, deadChannels };
}
