/** Instructions per multiply-accumulate on emulated cores: counted, so that no change makes them more unseen. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryPath } from "../../shared";
import { hasToolchain } from "../toolchain";
import { CORES, LAYERS, measureLayer, writeMeasurement } from "./instructions";

describe.skipIf(!hasToolchain())("instructions per multiply-accumulate", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-instructions-"));

  beforeAll(() => {
    writeMeasurement(folder, repositoryPath("test/firmware"));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(LAYERS)("$description: fewer than CMSIS-NN takes, in less code than is allowed", async (layer) => {
    for (const [index, core] of CORES.entries()) {
      const speed = await measureLayer(layer, core, "speed", folder);
      expect(speed.perMac, core.name).toBeLessThan(layer.cmsisNn[index]);
      expect(speed.codeBytes, core.name).toBeLessThan(core.codeLimit);
    }
  });

  it.each(LAYERS)("$description: optimized for size, less than two thirds of the code", async (layer) => {
    for (const core of CORES) {
      const speed = await measureLayer(layer, core, "speed", folder);
      const size = await measureLayer(layer, core, "size", folder);
      expect(size.codeBytes, core.name).toBeGreaterThan(0);
      expect(size.codeBytes, core.name).toBeLessThan((2 / 3) * speed.codeBytes);
    }
  });
});
