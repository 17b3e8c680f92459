/** What the C emitters are given: plain data, with names as hostile as the model's. */
import type { WeightFigures } from "../../protocol/report";
import type { Unquantizable } from "../graph/layer";
import type { WeightLayout } from "../graph/layout";
import type { QuantizedWeights } from "../schemes/scheme";
import type { Packing } from "./code-storage";
import type { BiasCodes } from "./fixed-point";

export interface QuantizedLayer {
  /** Unique within the emission. */
  readonly name: string;
  /** ONNX operator. */
  readonly op: string;
  /** The ONNX tensor, and its shape as in the model. */
  readonly weightName: string;
  readonly weightShape: readonly number[];
  readonly layout: WeightLayout;
  /** Id of the scheme that the codes are of. */
  readonly scheme: string;
  readonly quantized: QuantizedWeights;
  readonly figures: Pick<WeightFigures, "min" | "max" | "sqnrDb" | "exact">;
  /** Null where the layer has none. */
  readonly bias: BiasCodes | null;
  /** Name of an earlier layer whose codes and scales this one uses; its own are then not written. */
  readonly sharedWith: string | null;
  /** Names of nodes folded into this layer. */
  readonly fused: readonly string[];
}

export interface WeightsEmission {
  readonly generatorVersion: string;
  /** File name of the model, without its folder. */
  readonly modelName: string;
  /** 64 lower-case hexadecimal digits. */
  readonly modelSha256: string;
  /** The recipe in the spelling of `canonicalJson`. */
  readonly recipe: string;
  /** Base name of files and identifiers. */
  readonly baseName: string;
  /** split: a header and a source file; header: one header with static arrays. */
  readonly files: "split" | "header";
  /** ohwi: channel-major; onnx: the order of the model. */
  readonly order: "ohwi" | "onnx";
  /** What is done to codes of other than 8 and 16 bits; the order `onnx` leaves them unpacked in any case. */
  readonly packing: Packing;
  readonly layers: readonly QuantizedLayer[];
  /** What keeps its float weights, and why. */
  readonly keptFloat: readonly Unquantizable[];
}
