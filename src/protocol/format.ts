/** Numbers and names as pages and documents show them. */
import { shownName } from "./errors";

const MINUS = "\u2212";
const WHOLE = new Intl.NumberFormat("en");

/**
 * Puts the separators of a language into the numbers of a text: `1,234.5` is `1.234,5` in German. Panels do; what the command line
 * prints and what is exported stays as it is written here.
 * @param language a BCP 47 tag
 */
export function numbersIn(language: string): (text: string) => string {
  const parts = new Intl.NumberFormat(language).formatToParts(12345.6);
  const partOf = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  const [group, decimal] = [partOf("group"), partOf("decimal")];
  return (text) => text.replace(/(?<=\d)[.,](?=\d)/gu, (mark) => (mark === "." ? decimal : group));
}

/** A name out of a model, its control characters escaped and its length bounded; one that is empty is said to be. */
export function nameText(name: string): string {
  return name === "" ? "(no name)" : shownName(name);
}

export function countText(count: number): string {
  return WHOLE.format(count);
}

/** Bytes in binary units, exact below 1 KiB. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, "KiB"] : [bytes / (1024 * 1024), "MiB"];
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

/** A weight or a range: four significant digits, in exponents only where the plain form would be long. */
export function figureText(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return minus(size >= 1e-3 && size < 1e5 ? Number(value.toPrecision(4)).toString() : value.toExponential(2));
}

/** A moment or a ratio: two decimals. */
export function momentText(value: number): string {
  return minus(Math.abs(value) < 1e4 ? fixed(value, 2) : value.toExponential(1));
}

/** A share from 0 to 1 as a percentage. */
export function percentText(share: number): string {
  const percent = 100 * share;
  if (percent === 0) return "0 %";
  return percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}

/** A difference of shares as percentage points, with its minus sign. */
export function signedPercentText(difference: number): string {
  return `${minus(fixed(100 * difference, 2))} %`;
}

/** `exact` where there is no noise. */
export function decibelText(decibels: number | null): string {
  return decibels === null ? "exact" : `${minus(fixed(decibels, 1))} dB`;
}

/** A gain or loss in decibels with its sign; empty where there is none to tell. */
export function gainText(decibels: number | null): string {
  if (decibels === null) return "";
  const text = minus(fixed(decibels, 1));
  return `${text.startsWith(MINUS) ? "" : "+"}${text} dB`;
}

export function shapeText(shape: readonly (number | string)[]): string {
  return shape.length === 0
    ? "scalar"
    : shape.map((size) => (typeof size === "number" ? size : nameText(size))).join("×");
}

/** The end of a text that is too long for an axis: names of layers differ there. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `…${text.slice(1 - length)}` : text;
}

/** Positions on an axis from `min` to `max`, all with as many decimals as it takes to tell a twentieth of it. */
export function axisText(min: number, max: number): (value: number) => string {
  const range = max - min;
  const decimals = range > 0 ? Math.ceil(-Math.log10(range / 20)) : 0;
  if (decimals > 5 || decimals < -5) return (value) => minus(value.toExponential(1));
  return (value) => minus(fixed(value, Math.max(0, decimals)));
}

/** A magnitude that is formatted already, with the sign of the value. */
export function signedText(value: number, magnitude: string): string {
  return `${value < 0 ? MINUS : "+"}${magnitude}`;
}

/** With that many decimals; what rounds to zero has no sign. */
function fixed(value: number, decimals: number): string {
  return value.toFixed(decimals).replace(/^-(0\.?0*)$/, "$1");
}

/** A hyphen before a number as the minus sign, which is as wide as a digit. */
function minus(text: string): string {
  return text.replaceAll("-", MINUS);
}
