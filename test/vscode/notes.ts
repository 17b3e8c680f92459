/** Measurements that a test shows beside its result. Kept on the global object: every test file is a bundle of its own. */
const KEY = Symbol.for("bitwright.test-notes");

const store: typeof globalThis & { [KEY]?: string[] } = globalThis;

export function note(text: string): void {
  store[KEY] = [...(store[KEY] ?? []), text];
}

/** The notes since the last call. */
export function takeNotes(): string[] {
  const notes = store[KEY] ?? [];
  store[KEY] = [];
  return notes;
}
