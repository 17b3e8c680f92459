/** The form in which the last comparison of schemes is kept. */
import * as z from "zod";
import { comparisonSchema } from "../../protocol/comparison";

export const storedComparisonSchema = z.strictObject({
  model: z.string().describe("URI of the model file"),
  comparison: comparisonSchema,
});
