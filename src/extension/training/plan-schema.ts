import * as z from "zod";

export const planSchema = z.strictObject({
  model: z.string().describe("URI of the model file"),
  about: z.array(z.string()).describe("How it is trained, in few words"),
  request: z.strictObject({
    modelPath: z.string(),
    baseDirectory: z.string(),
    recipe: z.unknown().describe("Checked by the worker"),
    settings: z.record(z.string(), z.unknown()).describe("Checked by the worker"),
    directory: z.string(),
  }),
});

export type Plan = z.infer<typeof planSchema>;
