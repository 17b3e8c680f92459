/** ONNX Runtime behind the engine's `Runtime` interface; the native library is loaded on first use. */
import type * as OnnxRuntime from "onnxruntime-node";
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensors } from "../engine/runtime";
import { BitwrightError, shownName } from "../protocol/errors";
import { freeBuffers } from "./free-buffers";

const KEEPS_ROUNDING = { session: { disable_quant_qdq: "1", disable_prepacking: "1" } };

/**
 * The runtime of this platform.
 * @param threads of every session; as many as there are cores where left out. Where many processes share the cores, waiting for
 *   one another's threads takes longer than one thread does
 * @throws BitwrightError runtime-missing, where this build carries none
 */
export async function loadOnnxRuntime(threads?: number): Promise<Runtime> {
  const library = await importLibrary();
  return {
    name: `onnxruntime ${library.env.versions.node ?? ""}`.trim(),
    createSession: async (model, options = {}) => {
      const extra = options.keepsRounding === true ? { extra: KEEPS_ROUNDING } : {};
      const limit = threads === undefined ? {} : { intraOpNumThreads: threads };
      const session = await runtimeCall(
        library.InferenceSession.create(model, { logSeverityLevel: 3, ...limit, ...extra }),
      );
      return new Session(session, library);
    },
  };
}

class Session implements RuntimeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(
    private readonly session: OnnxRuntime.InferenceSession,
    private readonly library: typeof OnnxRuntime,
  ) {
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  async run(
    feeds: RuntimeTensors,
    fetches: readonly string[] | RuntimeTensors = this.outputNames,
  ): Promise<Record<string, RuntimeTensor>> {
    const wanted = isNames(fetches) ? fetches : libraryTensors(this.library, fetches);
    const outputs = await runtimeCall(this.session.run(libraryTensors(this.library, feeds), wanted));
    if (!isNames(fetches)) {
      freeBuffers(copiesOf(fetches, outputs));
      return { ...fetches };
    }
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, tensorOf(name, value)]));
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/**
 * ONNX Runtime (1.30) writes into given buffers, and makes a copy of each besides. A megabyte a step keeps the garbage collector
 * busy for a fifth of the time.
 */
function copiesOf(given: RuntimeTensors, outputs: OnnxRuntime.InferenceSession.OnnxValueMapType): ArrayBuffer[] {
  return Object.entries(given).flatMap(([name, { data }]) => {
    const copy = outputs[name].data;
    const isOther = ArrayBuffer.isView(copy) && copy.buffer instanceof ArrayBuffer && copy.buffer !== data.buffer;
    return isOther ? [copy.buffer] : [];
  });
}

function isNames(fetches: readonly string[] | RuntimeTensors): fetches is readonly string[] {
  return Array.isArray(fetches);
}

function libraryTensors(library: typeof OnnxRuntime, tensors: RuntimeTensors): Record<string, OnnxRuntime.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, libraryTensor(library, tensor)]));
}

/** ONNX Runtime takes the element type from the array's class, except for the types that share one. */
function libraryTensor({ Tensor }: typeof OnnxRuntime, { type, data, dims }: RuntimeTensor): OnnxRuntime.Tensor {
  if (data instanceof Float32Array) return new Tensor("float32", data, dims);
  if (data instanceof Float64Array) return new Tensor("float64", data, dims);
  if (data instanceof Int8Array) return new Tensor("int8", data, dims);
  if (data instanceof Uint8Array)
    return type === "bool" ? new Tensor("bool", data, dims) : new Tensor("uint8", data, dims);
  if (data instanceof Int16Array) return new Tensor("int16", data, dims);
  if (data instanceof Uint16Array)
    return type === "float16" ? new Tensor("float16", data, dims) : new Tensor("uint16", data, dims);
  if (data instanceof Int32Array) return new Tensor("int32", data, dims);
  if (data instanceof Uint32Array) return new Tensor("uint32", data, dims);
  if (data instanceof BigInt64Array) return new Tensor("int64", data, dims);
  return new Tensor("uint64", data, dims);
}

function tensorOf(name: string, { type, data, dims }: OnnxRuntime.OnnxValue): RuntimeTensor {
  if (Array.isArray(data) || data instanceof Uint8ClampedArray || type === "string") {
    throw new BitwrightError(
      "runtime-failed",
      `output "${shownName(name)}" holds text`,
      "Models must compute with numbers",
    );
  }
  return { type, data, dims };
}

async function importLibrary(): Promise<typeof OnnxRuntime> {
  try {
    return await import("onnxruntime-node");
  } catch (error) {
    throw new BitwrightError(
      "runtime-missing",
      `ONNX Runtime cannot be loaded on ${process.platform}-${process.arch} (${messageOf(error)})`,
      "Install the Bitwright build for this platform; viewing, weights and C work without it",
    );
  }
}

async function runtimeCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new BitwrightError(
      "runtime-failed",
      `ONNX Runtime refused: ${messageOf(error)}`,
      "Check that ONNX Runtime runs the model",
    );
  }
}

function messageOf(error: unknown): string {
  return shownName(error instanceof Error ? error.message : String(error));
}
