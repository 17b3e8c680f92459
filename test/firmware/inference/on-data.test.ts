/** Real networks in integer C on real data: the outputs and so the accuracy of ONNX Runtime's integer kernels, sample by sample. */
import { describe, expect, it } from "vitest";
import { hasShared } from "../../shared";
import { SHARED, SHIPPED } from "../../unit/engine/program/data-sets";
import { hasToolchain } from "../toolchain";
import { compareOnData } from "./on-data";

describe.skipIf(!hasToolchain())("networks on data", () => {
  it.each([...SHIPPED, ...(hasShared ? SHARED : [])])(
    "$name classifies as ONNX Runtime does",
    async (network) => {
      const found = await compareOnData(network, network.few);
      expect(found).toMatchObject({
        samples: network.few,
        differingClasses: 0,
        accuracy: found.referenceAccuracy,
      });
      // Where every layer is proved equal no output may differ; else codes next to each other, and few of them.
      expect(found.largestDifference).toBeLessThanOrEqual(found.unproved.length === 0 ? 0 : 1);
      expect(found.differingOutputs).toBeLessThanOrEqual(0.01 * found.outputs);
      if (found.accuracy !== null) expect(found.accuracy).toBeGreaterThan(0.7);
    },
    300_000,
  );
});
