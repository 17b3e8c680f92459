/** What the engine asks of an inference runtime; `src/runtime/onnxruntime.ts` answers with ONNX Runtime. */

export type RuntimeData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A tensor at the runtime's border: element type as ONNX Runtime names it (float32, float16, int64, bool, …), row-major data. */
export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: RuntimeData;
}

/** By name. */
export type RuntimeTensors = Readonly<Record<string, RuntimeTensor>>;

export interface RuntimeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph.
   * @param fetches limits the outputs that are returned; tensors are written into, so that a loop allocates nothing
   */
  run(feeds: RuntimeTensors, fetches?: readonly string[] | RuntimeTensors): Promise<Record<string, RuntimeTensor>>;
  release(): Promise<void>;
}

/** What a session is for; plain inference where left out. */
export interface SessionOptions {
  /**
   * The graph rounds activations in float and is to compute just that: pairs of QuantizeLinear and DequantizeLinear are neither
   * removed nor merged into integer kernels, and constants that many nodes read are not repacked for each of them.
   */
  readonly keepsRounding?: boolean;
}

export interface Runtime {
  /** Name and version, as shown in reports. */
  readonly name: string;
  /**
   * Loads a serialized ModelProto that needs no external data.
   * @throws BitwrightError runtime-failed, with the runtime's own words
   */
  createSession(model: Uint8Array, options?: SessionOptions): Promise<RuntimeSession>;
}
