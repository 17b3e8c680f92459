/** Frees memory of arrays before the garbage collector would. */
import { MessageChannel } from "node:worker_threads";

const { port1, port2 } = new MessageChannel();
// What is transferred to a port without a counterpart is freed at once.
port2.close();

/** @param buffers none of which is used any more: their length becomes 0 */
export function freeBuffers(buffers: readonly ArrayBuffer[]): void {
  port1.postMessage(null, [...buffers]);
}
