/** What applied to a layer, in few words: the same everywhere. */
import type { LayerReport } from "./report";

/** For example `symmetric 8-bit channel` or `affine 4-bit tensor, clip mse`; `float` where the weights are left as they are. */
export function settingsText(layer: Pick<LayerReport, "scheme" | "bits" | "granularity" | "settings">): string {
  if (layer.settings === null) return "float";
  const clip = layer.settings["clip"];
  const clipText = typeof clip === "string" && clip !== "max" ? `, clip ${clip}` : "";
  return `${layer.scheme} ${layer.bits}-bit ${layer.granularity}${clipText}`;
}
