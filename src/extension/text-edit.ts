/** The part of a text that a new text changes. */
export interface TextChange {
  /** Offsets in the old text; the end is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What is between the beginning and the end that both texts share. */
export function changeBetween(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let shared = 0;
  while (shared < shorter - start && before[before.length - 1 - shared] === after[after.length - 1 - shared]) shared++;
  return { start, end: before.length - shared, text: after.slice(start, after.length - shared) };
}
