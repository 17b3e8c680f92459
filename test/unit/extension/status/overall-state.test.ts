import { describe, expect, it } from "vitest";
import type { RecipeState } from "../../../../src/extension/regenerate/recipe-state";
import { overallState } from "../../../../src/extension/status/overall-state";
import { BitwrightError } from "../../../../src/protocol/errors";

const failed: RecipeState = { kind: "failed", error: new BitwrightError("model-empty", "it is empty", "Export it") };
const states = (...kinds: Exclude<RecipeState["kind"], "failed">[]): RecipeState[] => kinds.map((kind) => ({ kind }));

describe("overallState", () => {
  it("tells of nothing where there are no recipes", () => {
    expect(overallState([], false)).toBeNull();
  });

  it("is failed where recipe files cannot be read, whatever the others are", () => {
    expect(overallState([], true)).toBe("failed");
    expect(overallState(states("current", "stale"), true)).toBe("failed");
  });

  it.each<[RecipeState[], string]>([
    [states("current", "current"), "current"],
    [states("current", "unknown"), "unknown"],
    [states("unknown", "stale", "current"), "stale"],
    [[...states("stale", "current"), failed], "failed"],
    [[failed, ...states("current", "running")], "running"],
  ])("takes the most urgent of %j", (given, expected) => {
    expect(overallState(given, false)).toBe(expected);
    expect(overallState(given.toReversed(), false)).toBe(expected);
  });
});
