/** What a program takes: constants in flash, RAM, multiply-accumulates. */
import { BitwrightError } from "../../../protocol/errors";
import type { MemoryPlan } from "../../program/memory";
import { convolutionMacs } from "../../program/operations/convolution";
import { recurrentMacs } from "../../program/operations/recurrent";
import type { IntegerProgram, Operation } from "../../program/program";
import type { InferenceEmission } from "./emission";
import type { LayerCode } from "./layers";

/** Bytes of a pointer and of every other member of a structure on the 32-bit targets. */
const MEMBER_BYTES = 4;

export interface LayerCost {
  readonly macs: number;
  /** Bytes of constant arrays and structures. */
  readonly flashBytes: number;
  /** Bytes of the arena that are in use while the layer runs. */
  readonly liveBytes: number;
}

export function layerCosts(program: IntegerProgram, codes: readonly LayerCode[], memory: MemoryPlan): LayerCost[] {
  return program.operations.map((operation, index) => ({
    macs: macsOf(operation),
    flashBytes: flashOf(codes[index]),
    liveBytes: memory.liveBytes[index],
  }));
}

function macsOf(operation: Operation): number {
  if (operation.kind === "recurrent") return recurrentMacs(operation);
  return operation.kind === "convolution" || operation.kind === "transposed-convolution"
    ? convolutionMacs(operation)
    : 0;
}

function flashOf({ arrays, structures }: LayerCode): number {
  const members = structures.flatMap((structure) => structure.members);
  const structureBytes = members.reduce(
    (sum, [, value]) => sum + (Array.isArray(value) ? value.length : 1) * MEMBER_BYTES,
    0,
  );
  return arrays.reduce((sum, { values }) => sum + values.byteLength, structureBytes);
}

/**
 * @param arenaBytes static RAM
 * @param flashBytes constants alone: code comes on top
 * @throws BitwrightError memory-exceeded naming the layer that takes the most
 */
export function checkLimits(
  { limits, program }: InferenceEmission,
  costs: readonly LayerCost[],
  arenaBytes: number,
  flashBytes: number,
): void {
  const largest = (of: (cost: LayerCost) => number) => {
    const most = costs.reduce((best, cost, index) => (of(cost) > of(costs[best]) ? index : best), 0);
    return program.operations.at(most)?.node ?? "";
  };
  if (limits.ram !== null && arenaBytes > limits.ram) {
    throw new BitwrightError(
      "memory-exceeded",
      `its tensors take ${arenaBytes} bytes of RAM at once, and ${limits.ram} are allowed`,
      "Use a smaller input or fewer channels there, or allow more RAM",
      { layer: largest(({ liveBytes }) => liveBytes) },
    );
  }
  if (limits.flash !== null && flashBytes > limits.flash) {
    throw new BitwrightError(
      "memory-exceeded",
      `the constants of the network take ${flashBytes} bytes of flash, this layer's the most, and ${limits.flash} are allowed`,
      "Use fewer bits or fewer channels, or allow more flash",
      { layer: largest(({ flashBytes: bytes }) => bytes) },
    );
  }
}
