/** The form in which quantizations are kept. */
import * as z from "zod";
import { reportSchema } from "../protocol/report";

export const storedReportSchema = z.strictObject({
  model: z.string().describe("URI of the model file"),
  files: z.array(z.string()).describe("Absolute paths of the generated files"),
  report: reportSchema,
});

export type StoredReport = z.infer<typeof storedReportSchema>;
