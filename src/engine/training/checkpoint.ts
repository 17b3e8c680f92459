/**
 * Checkpoints: everything that decides over the rest of a run. A line of JSON, the arrays as little-endian floats in the order that
 * it lists, and before both the SHA-256 of all that follows.
 */
import * as z from "zod";
import { BitwrightError } from "../../protocol/errors";

const NAME = "bitwright checkpoint ";
const MAGIC = `${NAME}1\n`;
const DIGEST_LENGTH = 64;

const number = z.number();

const snapshot = z.strictObject({
  /** Palettes of the quantizers. */
  found: z.array(z.array(number)),
  /** Least and largest of the activations. */
  ranges: z.array(number),
});

const evaluation = z.strictObject({
  kind: z.literal("evaluation"),
  step: number,
  steps: number,
  epoch: number,
  loss: number,
  accuracy: number.nullable(),
  isBest: z.boolean(),
  layers: z.array(z.strictObject({ name: z.string(), sqnrDb: number.nullable() })),
});

const baseline = z.strictObject({ loss: number, accuracy: number.nullable() });

const header = z.strictObject({
  /** Digest of model, data and settings: a checkpoint belongs to one run. */
  run: z.string(),
  step: z.int().min(0),
  epochsWithoutBetter: z.int().min(0),
  now: snapshot,
  best: z.strictObject({ ...snapshot.shape, evaluation }),
  float: baseline,
  before: baseline,
  /** Elements of each array: values and optimizer state, then the values of the best evaluation. */
  lengths: z.array(z.int().min(0)),
});

export type CheckpointHeader = z.infer<typeof header>;

export interface Checkpoint extends Omit<CheckpointHeader, "lengths"> {
  readonly arrays: readonly Float32Array[];
}

/** Whether a file begins as checkpoints of any version do. */
export function isCheckpoint(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, NAME.length)) === NAME;
}

type Sha256 = (bytes: Uint8Array) => string;

export function encodeCheckpoint({ arrays, ...fields }: Checkpoint, sha256: Sha256): Uint8Array {
  const lengths = arrays.map(({ length }) => length);
  const text = new TextEncoder().encode(`${JSON.stringify({ ...fields, lengths })}\n`);
  const elements = lengths.reduce((sum, length) => sum + length, 0);
  const start = MAGIC.length + DIGEST_LENGTH + 1;
  const bytes = new Uint8Array(start + text.length + 4 * elements);
  bytes.set(text, start);
  const view = new DataView(bytes.buffer);
  let at = start + text.length;
  for (const array of arrays) for (let i = 0; i < array.length; i++, at += 4) view.setFloat32(at, array[i], true);
  bytes.set(new TextEncoder().encode(`${MAGIC}${sha256(bytes.subarray(start))}\n`), 0);
  return bytes;
}

/**
 * @param lengths of the arrays that the run has
 * @throws BitwrightError checkpoint-invalid where the file is damaged, none, or of another run
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  run: string,
  lengths: readonly number[],
  sha256: Sha256,
): Checkpoint {
  const start = MAGIC.length + DIGEST_LENGTH + 1;
  const opening = new TextDecoder().decode(bytes.subarray(0, start));
  if (!opening.startsWith(MAGIC))
    throw invalid("it is no checkpoint of this version", "Name a checkpoint of Bitwright");
  if (opening !== `${MAGIC}${sha256(bytes.subarray(start))}\n`) {
    throw invalid("its content is not what was written", "Start the run anew");
  }
  const end = bytes.indexOf(0x0a, start);
  const parsed = header.safeParse(parseJson(new TextDecoder().decode(bytes.subarray(start, end))));
  if (end < 0 || !parsed.success) throw invalid("it is no checkpoint of this version", "Start the run anew");
  const { lengths: found, ...fields } = parsed.data;
  const fits = found.length === lengths.length && found.every((length, i) => length === lengths[i]);
  const elements = lengths.reduce((sum, length) => sum + length, 0);
  if (fields.run !== run || !fits || bytes.length !== end + 1 + 4 * elements) {
    throw invalid(
      "it is of a run with another model, other data or other settings",
      "Give what that run had, or start anew",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = end + 1;
  const arrays = lengths.map((length) => {
    const array = new Float32Array(length);
    for (let i = 0; i < length; i++, at += 4) array[i] = view.getFloat32(at, true);
    return array;
  });
  return { ...fields, arrays };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(problem: string, remedy: string): BitwrightError {
  return new BitwrightError("checkpoint-invalid", problem, remedy, { field: "checkpoint" });
}
