/** What the codebook schemes share: palettes of integers with one scale, and the nearest entry of a weight. */
import type { ChannelMajorWeights } from "../graph/layout";
import { encodeInChunks } from "./codes";
import { givenCentres } from "./given-parameters";
import { groupBounds, type Grouping } from "./grouping";
import { schemeOptions, type SchemeOptions } from "./options";
import { roundHalfEven } from "./rounding";
import type { CodebookCodes, MixtureComponent, SchemeSettings } from "./scheme";

export interface Palette {
  readonly scale: number;
  /** Ascending; `entry · scale` stands for a centre. */
  readonly entries: Float64Array;
}

const ENTRY_LIMITS = { int16: 2 ** 15 - 1, int8: 2 ** 7 - 1 };

/** So many integers for the largest centre are tried; 255 or fewer equal steps from 0 to it then come out exactly. */
const SCALES_TRIED = 512;

/**
 * Centres as integers with one scale. The largest magnitude becomes one of the 512 largest integers of the type, at least half of
 * the largest: the one that leaves the least squared error over all centres.
 */
export function paletteOf(centres: Float64Array, format: SchemeOptions["palette"]): Palette {
  const limit = ENTRY_LIMITS[format];
  let largest = 0;
  for (const centre of centres) largest = Math.max(largest, Math.abs(centre));
  if (largest === 0) return { scale: 1, entries: new Float64Array(centres.length) };
  let best = limit;
  let least = Infinity;
  for (let tried = limit; tried > limit / 2 && tried > limit - SCALES_TRIED; tried--) {
    let error = 0;
    for (let i = 0; i < centres.length; i++) {
      const position = (centres[i] * tried) / largest;
      const difference = (position - roundHalfEven(position)) / tried;
      error += difference * difference;
    }
    if (error < least) {
      least = error;
      best = tried;
    }
  }
  return { scale: largest / best, entries: centres.map((centre) => roundHalfEven((centre * best) / largest)) };
}

/**
 * Codes of weights by the nearest entry of their group's palette; of two equally near ones the smaller. Centres that the settings
 * give come first.
 * @param centresOf ascending centres of the weights `start` to `end`, at least one and at most 2^bits
 */
export function nearestCodes(
  weights: ChannelMajorWeights,
  grouping: Grouping,
  settings: SchemeSettings,
  centresOf: (start: number, end: number) => Float64Array,
): CodebookCodes {
  const { values } = weights;
  const size = 2 ** settings.bits;
  const bounds = groupBounds(grouping);
  const given = givenCentres(settings, grouping);
  const palettes = emptyPalettes(bounds.length - 1, settings);
  const thresholds = new Float64Array(palettes.entries.length).fill(Infinity);
  for (let group = 0; group + 1 < bounds.length; group++) {
    if (bounds[group] === bounds[group + 1]) continue;
    const palette = paletteOf(
      given?.[group] ?? centresOf(bounds[group], bounds[group + 1]),
      schemeOptions(settings).palette,
    );
    const distinct = Float64Array.from(new Set(palette.entries));
    storePalette(palettes, group, size, { scale: palette.scale, entries: distinct });
    for (let i = 0; i + 1 < distinct.length; i++) {
      thresholds[group * size + i] = ((distinct[i] + distinct[i + 1]) / 2) * palette.scale;
    }
  }
  const codes = encodeInChunks(bounds, 0, size - 1, (group, start, end, buffer, bufferStart) => {
    const offset = group * size - 1;
    const shift = bufferStart - start;
    for (let i = start; i < end; i++) {
      const value = values[i];
      let code = 0;
      // By arithmetic: a branch would be guessed wrong half of the time.
      for (let step = size >> 1; step > 0; step >>= 1) code += step * Number(value > thresholds[offset + code + step]);
      buffer[i + shift] = code;
    }
  });
  return codebookCodes(codes, grouping, settings, palettes, null);
}

interface Palettes {
  readonly entries: CodebookCodes["palette"];
  readonly scales: Float64Array;
}

/** One palette for all weights and given codes. @param palette at most 2^bits entries, ascending */
export function codesWithPalette(
  codes: CodebookCodes["codes"],
  grouping: Grouping,
  settings: SchemeSettings,
  palette: Palette,
  mixture: readonly MixtureComponent[] | null,
): CodebookCodes {
  const palettes = emptyPalettes(1, settings);
  storePalette(palettes, 0, 2 ** settings.bits, palette);
  return codebookCodes(codes, grouping, settings, palettes, mixture);
}

function emptyPalettes(groups: number, settings: SchemeSettings): Palettes {
  const length = groups * 2 ** settings.bits;
  const entries = schemeOptions(settings).palette === "int16" ? new Int16Array(length) : new Int8Array(length);
  return { entries, scales: new Float64Array(groups).fill(1) };
}

function storePalette({ entries, scales }: Palettes, group: number, size: number, palette: Palette): void {
  const used = palette.entries.length;
  scales[group] = palette.scale;
  for (let i = 0; i < size; i++) entries[group * size + i] = palette.entries[Math.min(i, used - 1)];
}

function codebookCodes(
  codes: CodebookCodes["codes"],
  { channels, perChannel, groupSize }: Grouping,
  { bits }: SchemeSettings,
  { entries, scales }: Palettes,
  mixture: readonly MixtureComponent[] | null,
): CodebookCodes {
  return {
    kind: "codebook",
    codes,
    bits,
    codeMin: 0,
    codeMax: 2 ** bits - 1,
    scales,
    palette: entries,
    mixture,
    channels,
    perChannel,
    groupSize,
  };
}
