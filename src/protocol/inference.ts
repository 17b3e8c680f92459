/** What a report says of a network that was written as integer C: memory, work, and equality with ONNX Runtime. */
import * as z from "zod";

const count = z.int().min(0);

const operation = z.strictObject({
  node: z.string().describe("Name of the ONNX node"),
  operator: z.string().describe("ONNX operators that it carries out, the node's own first"),
  shape: z.array(count).describe("Of the output as it is stored: channels last for feature maps"),
  macs: count.describe("Multiply-accumulates of one run"),
  flashBytes: count.describe("Constants, without code"),
  liveBytes: count.describe("Of the arena, while it runs: its inputs, its output and what later operations read"),
  agreement: z.strictObject({
    checked: z.enum(["accumulators", "pairs", "codes", "none"]).describe("What was compared with ONNX Runtime"),
    difference: count.nullable().describe("Largest in codes; 0 is a proof of equality, null is unknown"),
    differing: count.describe("Channels, pairs or codes that differ"),
  }),
});

export const inferenceSchema = z
  .strictObject({
    backend: z.enum(["portable", "cmsis-nn"]),
    requantization: z.string().describe("How sums become codes, as in a recipe"),
    arenaBytes: count.describe("Static RAM for the tensors between the operations"),
    optimumBytes: count.describe("Largest set of bytes that live at once: no plan needs less"),
    scratchBytes: count.describe("Static RAM that a library wants besides"),
    stackBytes: count.describe("Most that a run takes of the stack on Cortex-M, compiled by gcc with -O2"),
    flashBytes: count.describe("Constants, without code"),
    macs: count.describe("Multiply-accumulates of one run"),
    operations: z.array(operation).describe("In the order in which they run"),
  })
  .describe("The network in integers");

export type InferenceReport = z.infer<typeof inferenceSchema>;
export type OperationReport = InferenceReport["operations"][number];
