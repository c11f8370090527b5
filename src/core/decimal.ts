/**
 * Values are judged as whole numbers of the point's resolution, rounded half up on their decimal text:
 * 0.995 is 1.00 at 0.01 although the nearest double lies below it (contract §3).
 */

/** How a value as sent becomes a count of resolution steps in the unit rules are written in. */
export interface Scale {
  readonly factor: number;
  readonly offset: number;
  /** 0 = not rounded. */
  readonly resolution: number;
}

export const PLAIN_SCALE: Scale = Object.freeze({ factor: 1, offset: 0, resolution: 0 });

/** Steps of the resolution, half up; the value itself when the scale has no resolution. */
export function scaled(value: number, scale: Scale): number {
  if (scale.resolution === 0) return canonical(value, scale);
  const x = (value * scale.factor + scale.offset) / scale.resolution;
  const k = Math.floor(x + 0.5);
  const slack = 1e-9 * (1 + Math.abs(x));
  const sure = x - (k - 0.5) > slack && k + 0.5 - x > slack;
  return sure ? k : exactlyScaled(value, scale);
}

/** The value in the unit of the rules, not rounded beyond what a double must. */
export function canonical(value: number, scale: Scale): number {
  if (scale.factor === 1 && scale.offset === 0) return value;
  return toNumber(convert(value, scale));
}

/** Least count of steps that is not below the limit: a rounded value ≥ limit is a count ≥ this. */
export function stepsAtLeast(limit: number, resolution: number): number {
  if (resolution === 0) return limit;
  const [l, r] = aligned(decimal(limit), decimal(resolution));
  return Number(-floorDiv(-l, r));
}

/** Greatest count of steps that is not above the limit. */
export function stepsAtMost(limit: number, resolution: number): number {
  if (resolution === 0) return limit;
  const [l, r] = aligned(decimal(limit), decimal(resolution));
  return Number(floorDiv(l, r));
}

/** Least count of steps that is above the limit. */
export const stepsAbove = (limit: number, resolution: number): number =>
  resolution === 0 ? neighbour(limit, 1) : stepsAtMost(limit, resolution) + 1;

/** Greatest count of steps that is below the limit. */
export const stepsBelow = (limit: number, resolution: number): number =>
  resolution === 0 ? neighbour(limit, -1) : stepsAtLeast(limit, resolution) - 1;

/** A value as sent below which the count is surely less than so many steps. */
export const rawBelow = (steps: number, scale: Scale): number => rawBeside(steps, -1, scale);

/** A value as sent above which the count is surely more than so many steps. */
export const rawAbove = (steps: number, scale: Scale): number => rawBeside(steps, 1, scale);

function rawBeside(steps: number, side: 1 | -1, scale: Scale): number {
  if (steps === -side * Number.POSITIVE_INFINITY) return steps;
  if (scale.factor <= 0) return side * Number.POSITIVE_INFINITY;
  const size = scale.resolution === 0 ? 1 : scale.resolution;
  const half = scale.resolution === 0 ? 0 : 0.5;
  const edge = ((steps + side * half) * size - scale.offset) / scale.factor;
  return edge + side * 1e-6 * (size / scale.factor + Math.abs(edge));
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The next double in a direction. */
function neighbour(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE;
  double[0] = value;
  bits[0] = (bits[0] as bigint) + BigInt(value > 0 ? direction : -direction);
  return double[0] as number;
}

/** A decimal number: digits × 10^exponent. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

function exactlyScaled(value: number, scale: Scale): number {
  const [x, r] = aligned(convert(value, scale), decimal(scale.resolution));
  return Number(floorDiv(2n * x + r, 2n * r));
}

function convert(value: number, scale: Scale): Decimal {
  const v = decimal(value);
  const f = decimal(scale.factor);
  const product = { digits: v.digits * f.digits, exponent: v.exponent + f.exponent };
  const [a, b, exponent] = aligned(product, decimal(scale.offset));
  return { digits: a + b, exponent };
}

/** The number as its shortest decimal text has it. */
function decimal(value: number): Decimal {
  const [mantissa = "0", power = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const widen = (d: Decimal) => d.digits * 10n ** BigInt(d.exponent - exponent);
  return [widen(a), widen(b), exponent];
}

function floorDiv(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
}

function toNumber(d: Decimal): number {
  return Number(`${d.digits}e${d.exponent}`);
}
