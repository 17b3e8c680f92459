import { describe, expect, it } from "vitest";
import { optimizerState, squaredNorm, update, type UpdateOptions } from "../../../../src/engine/training/optimizers";
import { penaltyShare, scheduled } from "../../../../src/engine/training/schedule";
import { shuffledOrder } from "../../../../src/engine/training/shuffle";

const BASE: Omit<UpdateOptions, "step"> = {
  optimizer: "sgd",
  momentum: 0.9,
  weightDecay: 0,
  learningRate: 0.1,
  gradientFactor: 1,
};

describe("optimizers", () => {
  it("sgd takes its momentum along", () => {
    const values = Float32Array.of(1);
    const state = optimizerState("sgd", 1);
    for (const step of [1, 2]) update(values, Float32Array.of(2), state, { ...BASE, step });
    expect(values[0]).toBeCloseTo(1 - 0.1 * 2 - 0.1 * (0.9 * 2 + 2), 6);
  });

  it("adam's first step is the learning rate, against the sign of the gradient", () => {
    const values = Float32Array.of(1, 1, 1);
    update(values, Float32Array.of(3, -0.001, 0), optimizerState("adam", 3), { ...BASE, optimizer: "adam", step: 1 });
    expect(values[0]).toBeCloseTo(0.9, 5);
    expect(values[1]).toBeCloseTo(1.1, 4);
    expect(values[2]).toBe(1);
  });

  it("adam follows its published recurrences", () => {
    const values = Float32Array.of(0.5);
    const state = optimizerState("adam", 1);
    let [m, v, expected] = [0, 0, 0.5];
    [0.3, -0.1, 0.7].forEach((gradient, index) => {
      const step = index + 1;
      m = 0.9 * m + 0.1 * gradient;
      v = 0.999 * v + 0.001 * gradient ** 2;
      expected -= (0.1 * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8);
      update(values, Float32Array.of(gradient), state, { ...BASE, optimizer: "adam", step });
    });
    expect(values[0]).toBeCloseTo(expected, 5);
  });

  it("decay weights whatever their gradient, and clip by a factor", () => {
    const values = Float32Array.of(2);
    update(values, Float32Array.of(4), optimizerState("sgd", 1), {
      ...BASE,
      step: 1,
      weightDecay: 0.5,
      gradientFactor: 0.25,
    });
    expect(values[0]).toBeCloseTo(2 * (1 - 0.05) - 0.1, 6);
    expect(squaredNorm([Float32Array.of(3), Float32Array.of(4)])).toBe(25);
    expect(squaredNorm([Float32Array.of(NaN)])).toBeNaN();
  });
});

describe("schedules", () => {
  it("go from the full rate down", () => {
    expect([0, 50, 100].map((step) => scheduled("cosine", step, 100, 0))).toEqual([1, expect.closeTo(0.5), 0]);
    expect([0, 40, 99].map((step) => scheduled("step", step, 100, 0))).toEqual([1, 0.1, expect.closeTo(0.01)]);
    expect([0, 1, 2, 9].map((step) => scheduled("constant", step, 10, 2))).toEqual([
      expect.closeTo(1 / 3),
      expect.closeTo(2 / 3),
      1,
      1,
    ]);
  });

  it("raise a penalty to its full weight at half of the run", () => {
    expect([0, 10, 30, 50, 99].map((step) => penaltyShare(step, 100))).toEqual([0, 0, expect.closeTo(0.5), 1, 1]);
  });
});

describe("shuffling", () => {
  it("visits every sample once, in an order of its own for every epoch and seed", () => {
    const order = shuffledOrder(1000, 7, 2);
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffledOrder(1000, 7, 2)).toEqual(order);
    expect(shuffledOrder(1000, 7, 3)).not.toEqual(order);
    expect(shuffledOrder(1000, 8, 2)).not.toEqual(order);
  });
});
