/** What a trial shows of the report that it made. */
import type { Report } from "../../protocol/report";
import type { EqualizationSettings, Trial } from "../../protocol/trial";

/** @param shown the report whose layers the trial's figures are to stand beside */
export function trialFrom(settings: EqualizationSettings, shown: Report, tried: Report): Trial {
  const { floatAccuracy, quantizedAccuracy, floatAccuracyInterval, quantizedAccuracyInterval } = tried.model;
  const { agreement, outputSqnrDb, outputExact, evaluationSamples } = tried.model;
  const others = { agreement, outputSqnrDb, outputExact, evaluationSamples };
  const byName = new Map(tried.layers.map(({ name, noise }) => [name, noise]));
  return {
    settings,
    layers: shown.layers.map(({ name }) => {
      const isolated = byName.get(name)?.isolated;
      if (isolated === undefined) return null;
      return { weights: isolated.weightsDb, activations: isolated.activationsDb, both: isolated.bothDb };
    }),
    model: { floatAccuracy, quantizedAccuracy, floatAccuracyInterval, quantizedAccuracyInterval, ...others },
  };
}
