/** Data written down in tests. */
import type { ModelInput, SampleSource } from "../../../../src/engine/data/dataset";
import type { ElementType } from "../../../../src/engine/data/element-types";
import { BitwrightError } from "../../../../src/protocol/errors";

/** The bytes of an .npy file. */
export function npyFile(
  descr: string,
  dims: readonly number[],
  data: Uint8Array,
  { version = 1, fortran = false }: { version?: number; fortran?: boolean } = {},
): Uint8Array {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(", ");
  const type = descr.startsWith("[") ? descr : `'${descr}'`;
  const order = fortran ? "True" : "False";
  const header = new TextEncoder().encode(`{'descr': ${type}, 'fortran_order': ${order}, 'shape': (${shape}), }\n`);
  const prefix = version === 1 ? 10 : 12;
  const file = new Uint8Array(prefix + header.length + data.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  new DataView(file.buffer).setUint16(8, header.length, true);
  file.set(header, prefix);
  file.set(data, prefix + header.length);
  return file;
}

/** Bytes of little-endian numbers. */
export function bytesOf(
  values: Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array,
): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function inputOf(type: ElementType, ...shape: (number | null)[]): ModelInput {
  return { name: "x", type, shape };
}

/** Samples in memory. */
export function sourceOf(
  type: ElementType,
  dims: readonly number[],
  samples: readonly (readonly number[])[],
  layout: SampleSource["layout"] = null,
): SampleSource {
  return {
    name: "data",
    count: samples.length,
    type,
    dims,
    layout,
    read: (index, target) => {
      target.set(samples[index]);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

export function errorOf(work: () => unknown): BitwrightError {
  try {
    work();
  } catch (error) {
    if (error instanceof BitwrightError) return error;
    throw error;
  }
  throw new Error("expected a BitwrightError");
}

export async function rejectionOf(work: Promise<unknown>): Promise<BitwrightError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof BitwrightError) return error;
    throw error;
  }
  throw new Error("expected a BitwrightError");
}
