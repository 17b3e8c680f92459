/** What the menus of the side panel tell layers apart by. Knows nothing of VS Code. */
import type { LayerReport } from "../../protocol/report";
import type { ModelView } from "../current-model";

export const LAYER_KINDS = ["layer.inspected", "layer.float", "layer.quantized", "layer.quantized.c"] as const;

export type LayerKind = (typeof LAYER_KINDS)[number];

export function layerKind(
  { settings }: Pick<LayerReport, "settings">,
  { report, files }: Pick<ModelView, "report" | "files">,
): LayerKind {
  if (report.recipe === null) return "layer.inspected";
  if (settings === null) return "layer.float";
  return files.some((file) => /\.[ch]$/u.test(file)) ? "layer.quantized.c" : "layer.quantized";
}
