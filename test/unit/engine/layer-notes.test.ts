import { describe, expect, it } from "vitest";
import { layerNotes } from "../../../src/engine/layer-notes";

const layer = (fused: string[], sharedWith: string | null = null) => ({ fused, sharedWith });

describe("layerNotes", () => {
  it("counts one and several in their own words, and says nothing of none", () => {
    expect(layerNotes([layer([])])).toEqual([]);
    expect(layerNotes([layer(["bn"]), layer([], "a")])).toEqual([
      "1 node (a batch normalization or a separate bias addition) is folded into its layer.",
      "1 layer shares the weights of an earlier one; those are stored once.",
    ]);
    expect(layerNotes([layer(["bn", "add"], "a"), layer([], "a")])).toEqual([
      "2 nodes (batch normalizations, separate bias additions) are folded into their layers.",
      "2 layers share the weights of earlier ones; those are stored once.",
    ]);
  });
});
