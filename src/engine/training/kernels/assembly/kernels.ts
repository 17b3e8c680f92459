/**
 * The inner loops of a training step in AssemblyScript, four elements at a time; `npm run kernels` compiles them. Arrays are
 * float32, given by the address of their first element and their count. What each computes is documented in `kernels.ts` one
 * folder up, which is also the only place that calls them.
 */

export function largestMagnitude(values: usize, count: i32): f32 {
  let most = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) most = f32x4.pmax(most, f32x4.abs(v128.load(at(values, i))));
  let largest = max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  for (; i < count; i++) largest = max(largest, abs(load<f32>(at(values, i))));
  return largest;
}

export function sumOfProducts(a: usize, b: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const x = v128.load(at(a, i));
    const y = v128.load(at(b, i));
    low = f64x2.add(low, f64x2.mul(lowHalf(x), lowHalf(y)));
    high = f64x2.add(high, f64x2.mul(highHalf(x), highHalf(y)));
  }
  const halves = f64x2.add(low, high);
  let sum = f64x2.extract_lane(halves, 0) + f64x2.extract_lane(halves, 1);
  for (; i < count; i++) sum += <f64>load<f32>(at(a, i)) * <f64>load<f32>(at(b, i));
  return sum;
}

export function roundUp(weights: usize, target: usize, count: i32, codeMax: f64, range: f64, scale: f64): void {
  const codeMaxes = f64x2.splat(codeMax);
  const ranges = f64x2.splat(range);
  const scales = f64x2.splat(scale);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const four = v128.load(at(weights, i));
    const low = roundedUp(lowHalf(four), codeMaxes, ranges, scales);
    const high = roundedUp(highHalf(four), codeMaxes, ranges, scales);
    const both = v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
    v128.store(at(target, i), both);
  }
  for (; i < count; i++) {
    const one = f64x2.splat(<f64>load<f32>(at(weights, i)));
    store<f32>(at(target, i), <f32>f64x2.extract_lane(roundedUp(one, codeMaxes, ranges, scales), 0));
  }
}

export function sgd(
  values: usize,
  gradients: usize,
  velocities: usize,
  count: i32,
  rate: f32,
  momentum: f32,
  keep: f32,
  factor: f32,
): void {
  const rates = f32x4.splat(rate);
  const momenta = f32x4.splat(momentum);
  const keeps = f32x4.splat(keep);
  const factors = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const gradient = f32x4.mul(factors, v128.load(at(gradients, i)));
    const velocity = f32x4.add(f32x4.mul(momenta, v128.load(at(velocities, i))), gradient);
    v128.store(at(velocities, i), velocity);
    const kept = f32x4.mul(keeps, v128.load(at(values, i)));
    v128.store(at(values, i), f32x4.sub(kept, f32x4.mul(rates, velocity)));
  }
  for (; i < count; i++) {
    const velocity: f32 = momentum * load<f32>(at(velocities, i)) + factor * load<f32>(at(gradients, i));
    store<f32>(at(velocities, i), velocity);
    store<f32>(at(values, i), keep * load<f32>(at(values, i)) - rate * velocity);
  }
}

export function adam(
  values: usize,
  gradients: usize,
  firsts: usize,
  seconds: usize,
  count: i32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  keep: f32,
  factor: f32,
): void {
  const rest1: f32 = 1 - beta1;
  const rest2: f32 = 1 - beta2;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const gradient = f32x4.mul(f32x4.splat(factor), v128.load(at(gradients, i)));
    const square = f32x4.mul(gradient, gradient);
    const first = mixed(v128.load(at(firsts, i)), beta1, gradient, rest1);
    const second = mixed(v128.load(at(seconds, i)), beta2, square, rest2);
    v128.store(at(firsts, i), first);
    v128.store(at(seconds, i), second);
    const divisor = f32x4.add(f32x4.sqrt(second), f32x4.splat(epsilon));
    const change = f32x4.div(f32x4.mul(f32x4.splat(rate), first), divisor);
    const kept = f32x4.mul(f32x4.splat(keep), v128.load(at(values, i)));
    v128.store(at(values, i), f32x4.sub(kept, change));
  }
  for (; i < count; i++) {
    const gradient: f32 = factor * load<f32>(at(gradients, i));
    const first: f32 = beta1 * load<f32>(at(firsts, i)) + rest1 * gradient;
    const second: f32 = beta2 * load<f32>(at(seconds, i)) + rest2 * (gradient * gradient);
    store<f32>(at(firsts, i), first);
    store<f32>(at(seconds, i), second);
    store<f32>(at(values, i), keep * load<f32>(at(values, i)) - (rate * first) / (sqrt<f32>(second) + epsilon));
  }
}

/** Address of an element. */
function at(array: usize, index: i32): usize {
  return array + ((<usize>index) << 2);
}

function lowHalf(four: v128): v128 {
  return f64x2.promote_low_f32x4(four);
}

function highHalf(four: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(four, four, 2, 3, 2, 3));
}

/** Of two weights in float64. */
function roundedUp(weights: v128, codeMax: v128, range: v128, scale: v128): v128 {
  const steps = f64x2.ceil(f64x2.div(f64x2.mul(f64x2.abs(weights), codeMax), range));
  const atLeastOne = f64x2.pmax(steps, f64x2.splat(1));
  const sign = v128.and(f64x2.lt(weights, f64x2.splat(0)), i64x2.splat(i64.MIN_VALUE));
  return v128.or(f64x2.mul(atLeastOne, scale), sign);
}

function mixed(a: v128, shareOfA: f32, b: v128, shareOfB: f32): v128 {
  return f32x4.add(f32x4.mul(a, f32x4.splat(shareOfA)), f32x4.mul(b, f32x4.splat(shareOfB)));
}
