/** Another equalization, tried on the model of a report without writing anything. Plain data. */
import * as z from "zod";
import type { LayerRatios } from "./equalization-comparison";
import type { ModelNoise } from "./noise";

/** As in a recipe, whose own check is the one that decides. */
export const equalizationSettingsSchema = z.strictObject({
  equalize: z.enum(["none", "one-step", "two-step", "cle"]),
  equalizeMax: z.number(),
  relu6: z.enum(["exact", "paper"]),
  deadChannels: z.enum(["fold", "keep"]),
  biasCorrection: z.enum(["none", "empirical", "analytic", "distilled"]),
});

export type EqualizationSettings = z.infer<typeof equalizationSettingsSchema>;

export interface Trial {
  readonly settings: EqualizationSettings;
  /** One a layer of the report; null where the trial has no such figures. */
  readonly layers: readonly (LayerRatios | null)[];
  readonly model: ModelNoise;
}

/** How far a trial is. */
export type TrialState =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly step: string; readonly share: number }
  | { readonly kind: "done"; readonly trial: Trial }
  | { readonly kind: "failed"; readonly message: string };
