/** Mean and variance of values for each channel, over samples. */
import { floatsOf, runBatches, withSession } from "../activations/run";
import { GraphEdit } from "../graph/edit";
import type { OnnxModel } from "../onnx/model";
import { upgradeOpset } from "../onnx/upgrade/upgrade";
import type { Runtime } from "../runtime";
import { OPSET } from "./gradients/gradient-graph";
import { spreadSamples, type SampleSource } from "./samples";
import { STARTING_SAMPLES } from "./trained-activations";

/** Samples a run, where the model takes any number of them. */
const BATCH = 32;

export interface ChannelStatistics {
  readonly means: Float64Array;
  /** Of all elements of a channel together. */
  readonly variances: Float64Array;
}

/**
 * @param values of the model, [N, channels, …]
 * @param samples about {@link STARTING_SAMPLES} of them are looked at
 * @returns in the order of the values
 * @throws BitwrightError runtime-failed
 */
export async function channelStatistics(
  original: OnnxModel,
  values: readonly string[],
  runtime: Runtime,
  samples: SampleSource,
): Promise<ChannelStatistics[]> {
  if (values.length === 0) return [];
  const edit = new GraphEdit(upgradeOpset(original, OPSET));
  const measured = values.map((value) => {
    const flat = edit.reshape(value, [0, 0, -1]);
    const overBatch = edit.int64s([0, 2]);
    const mean = edit.add("ReduceMean", [flat, overBatch], { keepdims: 1 });
    const centred = edit.add("Sub", [flat, mean]);
    const variance = edit.add("ReduceMean", [edit.add("Mul", [centred, centred]), overBatch], { keepdims: 1 });
    edit.addOutput(mean);
    edit.addOutput(variance);
    return { mean, variance };
  });
  const some = spreadSamples(samples, STARTING_SAMPLES);
  const merged: (ChannelStatistics | undefined)[] = values.map(() => undefined);
  await withSession(runtime, edit.encode(), (session) =>
    runBatches(session, some, some.fixedBatch ?? BATCH, {}, (outputs, start, count) => {
      measured.forEach(({ mean, variance }, i) => {
        const found: ChannelStatistics = {
          means: Float64Array.from(floatsOf(outputs, mean)),
          variances: Float64Array.from(floatsOf(outputs, variance)),
        };
        const before = merged[i];
        merged[i] = before === undefined ? found : together(before, found, count / (start + count));
      });
    }),
  );
  return merged.map((statistics) => statistics!);
}

/** Those of two sets of samples as one. Source: Chan, Golub, LeVeque, Updating Formulae for Computing Sample Variances (1979). */
function together(a: ChannelStatistics, b: ChannelStatistics, shareOfB: number): ChannelStatistics {
  const distance = b.means.map((mean, channel) => mean - a.means[channel]);
  return {
    means: a.means.map((mean, channel) => mean + shareOfB * distance[channel]),
    variances: a.variances.map(
      (variance, channel) =>
        variance * (1 - shareOfB) +
        b.variances[channel] * shareOfB +
        shareOfB * (1 - shareOfB) * distance[channel] * distance[channel],
    ),
  };
}
