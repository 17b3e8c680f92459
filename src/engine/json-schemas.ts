/** The published JSON Schemas, derived from the one definition of each format. */
import * as z from "zod";
import { comparisonSchema } from "../protocol/comparison";
import { equalizationComparisonSchema } from "../protocol/equalization-comparison";
import { reportSchema } from "../protocol/report";
import { recipeFileSchema } from "./recipe";

/** File name below `media/schemas` → content. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  return {
    "bitwright.schema.json": text(z.toJSONSchema(recipeFileSchema, { target: "draft-7", io: "input" })),
    "comparison.schema.json": text(z.toJSONSchema(comparisonSchema, { target: "draft-7", io: "output" })),
    "equalization-comparison.schema.json": text(
      z.toJSONSchema(equalizationComparisonSchema, { target: "draft-7", io: "output" }),
    ),
    "report.schema.json": text(z.toJSONSchema(reportSchema, { target: "draft-7", io: "output" })),
  };
}

function text(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
