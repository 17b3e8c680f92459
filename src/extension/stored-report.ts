/** The form in which the last quantization is kept. */
import * as z from "zod";
import { reportSchema } from "../protocol/report";

const storedSchema = z.strictObject({
  model: z.string().describe("URI of the model file"),
  files: z.array(z.string()).describe("Absolute paths of the generated files"),
  report: reportSchema,
});

export type StoredReport = z.infer<typeof storedSchema>;

/** Undefined where the text is not of this version's form. */
export function parseStoredReport(text: string): StoredReport | undefined {
  try {
    return storedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
