/**
 * The inner loops of a training step, in WebAssembly with four elements at a time: JavaScript takes three to five times as long.
 * They work in place on arrays of one {@link KernelMemory}; arrays that live elsewhere are copied there and back.
 */
import { KERNELS } from "./compiled";

/** Address of the first element of a float32 array in the kernels' memory. */
type Address = number;

/** All arrays of one call have `count` elements. */
export interface Kernels {
  /** `max |values|`; 0 where there are none. */
  largestMagnitude(values: Address, count: number): number;
  /** `Σ a·b` in float64. */
  sumOfProducts(a: Address, b: Address, count: number): number;
  /**
   * `target = ±max(⌈|w|·codeMax / range⌉, 1)·scale` with the sign of the weight, zero counting as positive; in float64, rounded
   * once: what the codes of scheme `ceil` decode to. Source: Ivan, Quantization Schemes For Training Neural Networks, eq. 3.
   */
  roundUp(weights: Address, target: Address, count: number, codeMax: number, range: number, scale: number): void;
  /** `velocity ← momentum·velocity + factor·gradient`, `value ← keep·value − rate·velocity`. */
  sgd(
    values: Address,
    gradients: Address,
    velocities: Address,
    count: number,
    rate: number,
    momentum: number,
    keep: number,
    factor: number,
  ): void;
  /**
   * `first ← β₁·first + (1 − β₁)·g`, `second ← β₂·second + (1 − β₂)·g²`, `value ← keep·value − rate·first / (√second + ε)` with
   * `g = factor·gradient`.
   */
  adam(
    values: Address,
    gradients: Address,
    firsts: Address,
    seconds: Address,
    count: number,
    rate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    keep: number,
    factor: number,
  ): void;
}

const PAGE_BYTES = 65_536;
/** Arrays begin where four elements do. */
const ALIGNMENT = 16;
/** A WebAssembly memory ends here. */
const MAX_BYTES = 2 ** 32 - PAGE_BYTES;

const kernelsOf = new WeakMap<ArrayBufferLike, Kernels>();
let module: WebAssembly.Module | undefined;
/** For copies; made anew where it is too small. */
let scratch: KernelMemory | undefined;

/** Room for arrays that kernels work on without copies. Its size is fixed; what is not used takes no physical memory. */
export class KernelMemory {
  private readonly buffer: ArrayBuffer;
  private used = ALIGNMENT;

  /**
   * @param counts elements of every array that {@link allocate} will be asked for
   * @throws RangeError where they do not fit
   */
  constructor(counts: readonly number[]) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytesOf(counts) / PAGE_BYTES) });
    this.buffer = memory.buffer;
    kernelsOf.set(this.buffer, instantiate(memory));
  }

  /** Whether arrays of these lengths fit into one memory. */
  static fits(counts: readonly number[]): boolean {
    return bytesOf(counts) <= MAX_BYTES;
  }

  /** An array, of zeros where nothing was freed. @throws RangeError beyond what the constructor was told */
  allocate(count: number): Float32Array<ArrayBuffer> {
    const array = new Float32Array(this.buffer, this.used, count);
    this.used += aligned(count);
    return array;
  }

  /** Frees all arrays, if others of these lengths fit then. */
  makeRoom(counts: readonly number[]): boolean {
    if (bytesOf(counts) > this.buffer.byteLength) return false;
    this.used = ALIGNMENT;
    return true;
  }
}

/**
 * Hands arrays to kernels.
 * @param arrays of any lengths
 * @param work gets their addresses, in the same order; element i lies `4·i` bytes behind
 */
export function withKernels<Result>(
  arrays: readonly Float32Array[],
  work: (kernels: Kernels, addresses: readonly Address[]) => Result,
): Result {
  const [{ buffer }] = arrays;
  const kernels = kernelsOf.get(buffer);
  if (kernels === undefined || arrays.some((array) => array.buffer !== buffer)) return withCopies(arrays, work);
  const addresses = arrays.map(({ byteOffset }) => byteOffset);
  return work(kernels, addresses);
}

function withCopies<Result>(
  arrays: readonly Float32Array[],
  work: (kernels: Kernels, addresses: readonly Address[]) => Result,
): Result {
  const counts = arrays.map(({ length }) => length);
  if (scratch?.makeRoom(counts) !== true) scratch = new KernelMemory(counts);
  const memory = scratch;
  const copies = arrays.map((array) => {
    const copy = memory.allocate(array.length);
    copy.set(array);
    return copy;
  });
  const result = withKernels(copies, work);
  arrays.forEach((array, index) => {
    array.set(copies[index]);
  });
  return result;
}

function bytesOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + aligned(count), ALIGNMENT);
}

/** Bytes of an array of float32, up to where the next may begin. */
function aligned(count: number): number {
  return Math.ceil((count * Float32Array.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;
}

function instantiate(memory: WebAssembly.Memory): Kernels {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(KERNELS), (character) => character.charCodeAt(0)));
  return new WebAssembly.Instance<Kernels>(module, { env: { memory } }).exports;
}
