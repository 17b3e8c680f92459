/** What the report page is measured with: snapshots of real reports of synthetic models. */
import { runPipeline } from "../../src/engine/pipeline";
import { parseRecipe } from "../../src/engine/recipe";
import type { ReportSnapshot } from "../../src/protocol/webview";
import { gradeOf } from "../../src/extension/grade";
import { modelSource, node, randomTensor } from "../unit/engine/onnx/model-builder";

const LOW_SQNR_DB = 30;

/** One MatMul after another, each with that many output channels. */
export async function reportSnapshot(channelsOfLayers: readonly number[]): Promise<ReportSnapshot> {
  const widths = [32, ...channelsOfLayers];
  const source = modelSource({
    nodes: channelsOfLayers.map((_, index) =>
      node("MatMul", [`x${index}`, `w${index}`], [`x${index + 1}`], {}, `layer${index}`),
    ),
    initializers: channelsOfLayers.map((channels, index) =>
      randomTensor(`w${index}`, [widths[index], channels], index + 1),
    ),
    inputs: ["x0"],
    outputs: [`x${channelsOfLayers.length}`],
  });
  const recipe = parseRecipe({
    model: "m.onnx",
    weights: { bits: 5, granularity: "tensor" },
    output: { directory: "out" },
  });
  const { report } = await runPipeline(source, recipe, { generatorVersion: "bench", sha256: () => "0".repeat(64) });
  return {
    kind: "report",
    report,
    selectedLayer: 0,
    lowSqnrDb: LOW_SQNR_DB,
    grades: report.layers.map((layer) => gradeOf(layer, LOW_SQNR_DB)),
    canQuantize: true,
  };
}
