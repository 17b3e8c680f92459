/** The form in which a training run is kept. */
import * as z from "zod";
import { planSchema } from "./plan-schema";
import type { StoredRun } from "./store";

const count = z.number().int().min(0);
const score = { loss: z.number(), accuracy: z.number().nullable() };

const storedSchema = z.strictObject({
  plan: planSchema,
  history: z.object({
    start: z
      .strictObject({
        kind: z.literal("start"),
        step: count,
        steps: count,
        stepsPerEpoch: count,
        loss: z.enum(["cross-entropy", "mean-squared-error", "distillation"]),
        float: z.strictObject(score),
        trainingSamples: count,
        validationSamples: count,
      })
      .nullable(),
    steps: z.array(z.strictObject({ step: count, ...score })),
    evaluations: z.array(z.strictObject({ step: count, epoch: count, ...score, isBest: z.boolean() })),
    layers: z.array(z.strictObject({ name: z.string(), before: z.number().nullable(), now: z.number().nullable() })),
  }),
});

/** Undefined where the text is not of this version's form. */
export function parseStoredRun(text: string): StoredRun | undefined {
  try {
    return storedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
