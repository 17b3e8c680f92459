import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { KernelMemory, withKernels } from "../../../../src/engine/training/kernels/kernels";
import { compiledKernels, KERNEL_MODULE } from "../../../../scripts/support/kernels.mjs";
import { randomValues } from "../onnx/model-builder";

/** Whole fours, a rest of each length, and none at all. */
const COUNTS = [0, 1, 2, 3, 4, 5, 7, 64, 101];

const close = (values: Iterable<number>) => Array.from(values, (value) => expect.closeTo(value, 5) as number);

describe("kernels of training", () => {
  it("are compiled from their source (npm run kernels)", async () => {
    expect(readFileSync(KERNEL_MODULE, "utf8")).toBe(await compiledKernels());
  });

  it.each(COUNTS)("find the largest magnitude and sums of products of %i elements", (count) => {
    const [a, b] = [randomValues(count, 1), randomValues(count, 2)];
    const [largest, sum] = withKernels([a, b], (kernels, [x, y]) => [
      kernels.largestMagnitude(x, count),
      kernels.sumOfProducts(x, y, count),
    ]);
    expect(largest).toBe(Math.max(0, ...a.map(Math.abs)));
    expect(sum).toBeCloseTo(
      a.reduce((total, value, i) => total + value * b[i], 0),
      10,
    );
  });

  it.each(COUNTS)("round %i weights up as the scheme does, zero and whole quotients among them", (count) => {
    const weights = randomValues(count, 3).map((value, i) => [value, 0, -0, 0.75, -0.75, 3e-45][i % 6]);
    const target = new Float32Array(count);
    const [codeMax, range, scale] = [8, 3, 0.1];
    withKernels([weights, target], (kernels, [from, to]) => {
      kernels.roundUp(from, to, count, codeMax, range, scale);
    });
    const expected = weights.map((weight) => {
      const steps = Math.max(1, Math.ceil((Math.abs(weight) * codeMax) / range));
      return (weight < 0 ? -steps : steps) * scale;
    });
    expect(target).toEqual(expected);
  });

  it.each(COUNTS)("take a step of both optimizers on %i values", (count) => {
    const [values, gradients, first] = [randomValues(count, 4), randomValues(count, 5), randomValues(count, 6)];
    const second = randomValues(count, 7).map(Math.abs);
    const [rate, momentum, keep, factor, beta1, beta2, epsilon] = [0.1, 0.9, 0.99, 0.5, 0.9, 0.999, 1e-3];

    const velocities = first.map((velocity, i) => momentum * velocity + factor * gradients[i]);
    const descended = { values: values.slice(), velocities: first.slice() };
    withKernels([descended.values, gradients, descended.velocities], (kernels, [w, g, v]) => {
      kernels.sgd(w, g, v, count, rate, momentum, keep, factor);
    });
    expect(Array.from(descended.velocities)).toEqual(close(velocities));
    expect(Array.from(descended.values)).toEqual(close(values.map((w, i) => keep * w - rate * velocities[i])));

    const firsts = first.map((moment, i) => beta1 * moment + (1 - beta1) * factor * gradients[i]);
    const seconds = second.map((moment, i) => beta2 * moment + (1 - beta2) * (factor * gradients[i]) ** 2);
    const adapted = [values.slice(), gradients, first.slice(), second.slice()];
    withKernels(adapted, (kernels, [w, g, m, v]) => {
      kernels.adam(w, g, m, v, count, rate, beta1, beta2, epsilon, keep, factor);
    });
    expect(Array.from(adapted[2])).toEqual(close(firsts));
    expect(Array.from(adapted[3])).toEqual(close(seconds));
    const changed = values.map((w, i) => keep * w - (rate * firsts[i]) / (Math.sqrt(seconds[i]) + epsilon));
    expect(Array.from(adapted[0])).toEqual(close(changed));
  });

  it("work in place on arrays of their memory, and leave its other arrays alone", () => {
    const memory = new KernelMemory([5, 5, 5]);
    const [values, gradients, other] = [5, 5, 5].map((count) => memory.allocate(count));
    const velocities = Float32Array.from([1, 1, 1, 1, 1]);
    gradients.fill(1);
    other.fill(7);
    const step = (v: Float32Array): void => {
      withKernels([values, gradients, v], (kernels, [w, g, m]) => {
        kernels.sgd(w, g, m, 5, 1, 0, 1, 1);
      });
    };
    step(velocities);
    step(other);
    expect(Array.from(values)).toEqual([-2, -2, -2, -2, -2]);
    expect(Array.from(gradients)).toEqual([1, 1, 1, 1, 1]);
    expect(Array.from(other)).toEqual([1, 1, 1, 1, 1]);
    expect(() => memory.allocate(2 ** 20)).toThrow(RangeError);
    expect(KernelMemory.fits([2 ** 31])).toBe(false);
  });
});
