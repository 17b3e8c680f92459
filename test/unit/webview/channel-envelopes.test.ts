import fc from "fast-check";
import { expect, test } from "vitest";
import { channelEnvelopes } from "../../../webview/report/channel-envelopes";

test("few channels keep a bar each", () => {
  expect(channelEnvelopes([-1, -2], [1, 3], 512)).toEqual([
    { first: 0, last: 0, min: -1, max: 1 },
    { first: 1, last: 1, min: -2, max: 3 },
  ]);
  expect(channelEnvelopes([], [], 512)).toEqual([]);
});

test("every channel lies in exactly one bar that reaches as far as its furthest channel", () => {
  const ranges = fc.array(fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 64 }), (pairs, limit) => {
      const min = pairs.map(([a, b]) => Math.min(a, b));
      const max = pairs.map(([a, b]) => Math.max(a, b));
      const bars = channelEnvelopes(min, max, limit);
      expect(bars.length).toBeLessThanOrEqual(limit);
      let next = 0;
      for (const bar of bars) {
        expect(bar.first).toBe(next);
        expect(bar.min).toBe(Math.min(...min.slice(bar.first, bar.last + 1)));
        expect(bar.max).toBe(Math.max(...max.slice(bar.first, bar.last + 1)));
        next = bar.last + 1;
      }
      expect(next).toBe(pairs.length);
    }),
  );
});
