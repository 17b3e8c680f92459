/** The samples of a run: what the network is to answer to each, and which of them are kept for evaluation. */
import { GraphEdit } from "../graph/edit";
import type { PreparedModel } from "../prepare";
import type { Runtime } from "../runtime";
import { BitwrightError } from "../../protocol/errors";
import { differentiate } from "./differentiate";
import type { Judged } from "./evaluate";
import type { LossName } from "./losses";
import type { SampleReader, Targets } from "./samples";
import type { TrainingSettings } from "./settings";
import { shuffledOrder } from "./shuffle";

/** Where none is asked for. */
export function usualLoss(targets: Targets | null): LossName {
  if (targets === null) return "distillation";
  return targets.kind === "classes" ? "cross-entropy" : "mean-squared-error";
}

/**
 * All samples with their targets: those given, or for distillation without scores of another teacher the float model's own.
 * @throws BitwrightError labels-invalid, data-missing; runtime-failed
 */
export async function judged(
  prepared: PreparedModel,
  loss: LossName,
  reader: SampleReader,
  targets: Targets | null,
  runtime: Runtime,
): Promise<Judged> {
  const indices = Uint32Array.from({ length: reader.count }, (_, index) => index);
  const fits = loss === "cross-entropy" ? targets?.kind === "classes" : targets?.kind === "values";
  if (targets !== null && fits) return { reader, targets, indices };
  if (loss !== "distillation") {
    throw new BitwrightError(
      loss === "cross-entropy" ? "labels-invalid" : "data-missing",
      `the loss ${loss} needs ${loss === "cross-entropy" ? "the class of every sample" : "target values"}`,
      loss === "cross-entropy" ? "Give labels" : "Give targets",
      { field: loss === "cross-entropy" ? "labels" : "targets" },
    );
  }
  return { reader, indices, targets: await teacherScores(prepared, reader, indices, runtime) };
}

/** Samples that the float model answers at a time, where it takes any number of them. */
const TEACHER_BATCH = 256;

/** What the float model answers to every sample, before its Softmax. */
async function teacherScores(
  { model }: PreparedModel,
  reader: SampleReader,
  indices: Uint32Array,
  runtime: Runtime,
): Promise<Targets> {
  const { scores } = differentiate(model, { trainable: [], loss: "distillation" });
  const edit = new GraphEdit(model);
  edit.addOutput(scores);
  const session = await runtime.createSession(edit.encode());
  try {
    const batch = reader.fixedBatch ?? TEACHER_BATCH;
    let values = new Float32Array(0);
    let dims: readonly number[] = [];
    for (let start = 0; start < indices.length; start += batch) {
      const chosen = indices.subarray(start, start + batch);
      const answer = (await session.run(await reader.batch(chosen)))[scores];
      const size = answer.data.length / chosen.length;
      if (start === 0) [values, dims] = [new Float32Array(size * indices.length), answer.dims.slice(1)];
      values.set(Float32Array.from(answer.data, Number), start * size);
    }
    return { kind: "values", values, dims };
  } finally {
    await session.release();
  }
}

/**
 * The share of the samples that is kept for evaluation, drawn by the seed, and the rest.
 * @param keeps false keeps none
 * @throws BitwrightError data-too-few
 */
export function split(
  { count, fixedBatch }: SampleReader,
  { validationShare, seed }: TrainingSettings,
  keeps: boolean,
): { readonly kept: Uint32Array; readonly rest: Uint32Array } {
  const unit = fixedBatch ?? 1;
  const units = shuffledOrder(Math.floor(count / unit), seed, 2 ** 31);
  const keptUnits = keeps ? Math.max(1, Math.round(units.length * validationShare)) : 0;
  if (keptUnits >= units.length) {
    throw new BitwrightError("data-too-few", `${count} samples are too few to keep some for evaluation`, "Give more");
  }
  const samplesOf = (chosen: Uint32Array): Uint32Array =>
    Uint32Array.from({ length: chosen.length * unit }, (_, i) => chosen[Math.floor(i / unit)] * unit + (i % unit));
  return { kept: samplesOf(units.subarray(0, keptUnits).sort()), rest: samplesOf(units.subarray(keptUnits).sort()) };
}
