/** The form in which the last comparison of equalizations is kept. */
import * as z from "zod";
import { equalizationComparisonSchema } from "../../protocol/equalization-comparison";

export const storedEqualizationSchema = z.strictObject({
  model: z.string().describe("URI of the model file"),
  comparison: equalizationComparisonSchema,
});
