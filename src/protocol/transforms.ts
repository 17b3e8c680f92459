/** What was done to the float model before it was quantized, as the report carries it: pictures of equalization are made of it. */
import * as z from "zod";

const count = z.int().min(0);

/** The engine's records are read-only. */
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

const ranges = z.strictObject({
  weights: list(z.number()).describe("Largest |weight| that makes the channel"),
  activations: list(z.number()).describe("Largest |value| of the channel on the calibration data"),
  next: list(z.number()).describe("Largest |weight| that reads the channel, of all consumers"),
});

const channelFigures = z
  .strictObject({
    layer: z.string(),
    consumers: list(z.string()).describe("Layers that read its channels"),
    channels: count,
    channelsPerEntry: z
      .int()
      .min(1)
      .describe("More than 1 for wide layers: an entry is the largest of so many channels"),
    scales: list(z.number()).describe("S of every channel: it is multiplied by it, and what reads it divided"),
    before: ranges.describe("As the model has it"),
    after: ranges,
  })
  .describe("Ranges of the output channels of one layer, to five digits");

const left = z.strictObject({ layer: z.string(), reason: z.string().describe("One sentence") });

const equalization = z.strictObject({
  options: z.strictObject({
    method: z.enum(["one-step", "two-step", "cle"]),
    maxScale: z.number().describe("Largest amplification of a channel"),
    clip: z.enum(["exact", "paper"]).describe("What happens to ReLU6 and other Clips"),
  }),
  regions: list(
    z.strictObject({
      layers: list(z.string()).describe("Whose output channels are scaled"),
      consumers: list(z.string()).describe("That read them, divided by the same"),
      common: z.number().describe("Factor that all of their scales share"),
      scaledClips: count,
    }),
  ),
  left: list(left).describe("Layers whose channels keep their scale"),
});

const deadChannels = z.strictObject({
  mode: z.enum(["fold", "keep"]),
  layers: list(
    z.strictObject({
      layer: z.string(),
      zeroed: list(count).describe("Output channels that never change, their kernels now zero"),
      constant: list(count).describe("Of these, the ones whose bias now makes their value"),
      unread: list(count).describe("Input channels whose kernel slices are now zero"),
    }),
  ),
});

export const transformsSchema = z.strictObject({
  deadChannels,
  equalization: equalization.nullable(),
  absorbed: list(z.strictObject({ layer: z.string(), consumers: list(z.string()), amounts: list(z.number()) })),
  figures: list(channelFigures).describe("Of the layers whose channels could be scaled"),
  relativeDifference: z.number().describe("√(Σ(y − y')² / Σy²) of the worst output on the calibration data"),
});

export const biasCorrectionSchema = z.strictObject({
  method: z.enum(["empirical", "analytic", "distilled"]),
  layers: list(
    z.strictObject({
      layer: z.string(),
      correction: list(z.number()).describe("Added to the bias of every output channel, where it was kept"),
      errorBefore: z.number().describe("Σ of squared errors after the activation"),
      errorAfter: z.number(),
      kept: z.boolean().describe("False where the error would not have fallen"),
    }),
  ),
  left: list(left),
  forwardPasses: count,
});

export type ChannelFigures = z.infer<typeof channelFigures>;
export type Transforms = z.infer<typeof transformsSchema>;
export type BiasCorrections = z.infer<typeof biasCorrectionSchema>;
