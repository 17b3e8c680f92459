/** What each weight scheme takes, and what it reads, as recipes are checked for it. */
import { BitwrightError } from "../protocol/errors";
import { SCHEME_OPTION_FIELDS } from "./schemes/options";
import { findScheme } from "./schemes/registry";
import type { SchemeSettings } from "./schemes/scheme";

const OPTION_NAMES = new Set(Object.keys(SCHEME_OPTION_FIELDS));

/** What a recipe that does not name a rounding mode has. */
export const DEFAULT_ROUNDING = "half-even";

/**
 * Width, clipping rule and granularity against the scheme's own limits.
 * @param path where the settings stand, for messages
 * @throws BitwrightError recipe-invalid
 */
export function checkScheme(settings: SchemeSettings, path: string): void {
  const found = findScheme(settings.scheme);
  if (found === undefined) return;
  if (settings.bits < found.minBits || settings.bits > found.maxBits) {
    const problem = `scheme ${found.id} takes ${found.minBits} to ${found.maxBits} bits, got ${settings.bits}`;
    throw invalid(problem, "Choose a width in that range", `${path}.bits`);
  }
  if (!found.clips.includes(settings.clip)) {
    const problem = `scheme ${found.id} does not clip by ${settings.clip}`;
    throw invalid(problem, `Choose one of ${found.clips.join(", ")}`, `${path}.clip`);
  }
  if (!found.granularities.includes(settings.granularity)) {
    const problem = `scheme ${found.id} does not work per ${settings.granularity}`;
    throw invalid(problem, `Choose one of ${found.granularities.join(", ")}`, `${path}.granularity`);
  }
}

/**
 * Refuses settings that would change nothing: options that the scheme does not read, a rounding mode where it does not round.
 * @param given names that stand beside the scheme's own
 * @throws BitwrightError recipe-invalid
 */
export function refuseUnread(settings: SchemeSettings, given: readonly string[], path: string): void {
  const unread = given.find((name) => isUnread(settings, name));
  if (unread === undefined) return;
  const reader = unread === "percentile" ? `clip ${settings.clip}` : `scheme ${settings.scheme}`;
  throw invalid(`${reader} does not read it`, "Remove it, or choose what reads it", `${path}.${unread}`);
}

/** The settings without what their scheme does not read. */
export function withoutUnread(settings: SchemeSettings): SchemeSettings {
  const read = Object.entries(settings).filter(([name]) => !OPTION_NAMES.has(name) || !isUnread(settings, name));
  const { scheme, bits, granularity, clip, rounding } = settings;
  const used = isUnread(settings, "rounding") ? DEFAULT_ROUNDING : rounding;
  return { ...Object.fromEntries(read), scheme, bits, granularity, clip, rounding: used };
}

function isUnread(settings: SchemeSettings, name: string): boolean {
  const scheme = findScheme(settings.scheme);
  if (scheme === undefined) return false;
  if (name === "rounding") return !scheme.rounds && settings.rounding !== DEFAULT_ROUNDING;
  if (name === "percentile") return settings.clip !== "percentile";
  return OPTION_NAMES.has(name) && !scheme.options.some((option) => option === name);
}

function invalid(problem: string, remedy: string, field: string): BitwrightError {
  return new BitwrightError("recipe-invalid", problem, remedy, { field });
}
