/** What a report says about its layers as a whole. */
import type { LayerReport } from "../protocol/report";

/** One sentence each on nodes folded into layers and on layers that share weights, where there are any. */
export function layerNotes(layers: readonly Pick<LayerReport, "fused" | "sharedWith">[]): string[] {
  const notes: string[] = [];
  const fused = layers.reduce((count, layer) => count + layer.fused.length, 0);
  if (fused === 1) notes.push("1 node (a batch normalization or a separate bias addition) is folded into its layer.");
  if (fused > 1) {
    notes.push(`${fused} nodes (batch normalizations, separate bias additions) are folded into their layers.`);
  }
  const shared = layers.filter((layer) => layer.sharedWith !== null).length;
  if (shared === 1) notes.push("1 layer shares the weights of an earlier one; those are stored once.");
  if (shared > 1) notes.push(`${shared} layers share the weights of earlier ones; those are stored once.`);
  return notes;
}
