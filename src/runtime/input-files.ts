/** Whether files are still the same: at a glance, by sizes and times, and in truth, by their bytes. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Files as a glance shows them. */
export interface InputSnapshot {
  /** Equal where no file was written in between. */
  readonly signature: string;
  /** Every path exists, and no file is empty. */
  readonly isComplete: boolean;
}

/** Path → SHA-256 of what is there. */
export type InputDigests = ReadonlyMap<string, string>;

/** Folders of more files are told apart by sizes and times alone. */
const MAX_HASHED_FILES = 2_000;

/** Calibration data lie in a folder, or in one sub-folder a class. */
const FOLDER_DEPTH = 2;

/** Digest of what is not there, or cannot be read. */
export const MISSING = "missing";

interface Glance {
  readonly path: string;
  /** Size and times; `missing` where nothing can be read. */
  readonly signature: string;
  readonly isEmpty: boolean;
  /** What a folder holds; null for anything else. */
  readonly entries: readonly Glance[] | null;
}

/** Remembers the digests of files that were not written since. */
export class InputFiles {
  private readonly known = new Map<string, { readonly signature: string; readonly digest: string }>();

  /** @param paths absolute, of files and folders */
  async snapshot(paths: readonly string[]): Promise<InputSnapshot> {
    const glances = await Promise.all(paths.map((path) => glanceAt(path)));
    return {
      signature: glances.flatMap(withEntries).map(line).join("\n"),
      isComplete: glances.every(({ signature, isEmpty }) => signature !== MISSING && !isEmpty),
    };
  }

  /** What is missing, or cannot be read, has a digest too: files that appear make a difference. */
  async digests(paths: readonly string[]): Promise<InputDigests> {
    const digests = new Map<string, string>();
    for (const path of paths) digests.set(path, await this.digestOf(await glanceAt(path)));
    return digests;
  }

  private async digestOf(glance: Glance): Promise<string> {
    const { path, signature, entries } = glance;
    const known = this.known.get(path);
    if (entries === null && known?.signature === signature) return known.digest;
    if (signature === MISSING) return MISSING;
    if (entries !== null) return this.digestOfFolder(entries);
    const digest = await fileDigest(path);
    // Bytes that came while the file was read belong to a later signature.
    if ((await glanceAt(path, 0)).signature === signature) this.known.set(path, { signature, digest });
    return digest;
  }

  private async digestOfFolder(entries: readonly Glance[]): Promise<string> {
    const files = entries.flatMap(withEntries).filter((glance) => glance.entries === null);
    const hash = createHash("sha256");
    for (const glance of files) {
      hash.update(`${glance.path}\n`);
      hash.update(files.length > MAX_HASHED_FILES ? line(glance) : await this.digestOf(glance));
    }
    return hash.digest("hex");
  }
}

/** Whether the paths that both have are the same in both. */
export function sameDigests(a: InputDigests, b: InputDigests): boolean {
  for (const [path, digest] of a) if (b.has(path) && b.get(path) !== digest) return false;
  return true;
}

async function glanceAt(path: string, depth = FOLDER_DEPTH): Promise<Glance> {
  try {
    const stats = await stat(path, { bigint: true });
    const { size, mtimeNs, ctimeNs, ino } = stats;
    if (stats.isDirectory())
      return { path, signature: "folder", isEmpty: false, entries: await entriesOf(path, depth) };
    return { path, signature: `${size} ${mtimeNs} ${ctimeNs} ${ino}`, isEmpty: size === 0n, entries: null };
  } catch {
    return { path, signature: MISSING, isEmpty: false, entries: null };
  }
}

async function entriesOf(folder: string, depth: number): Promise<Glance[]> {
  if (depth === 0) return [];
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  return Promise.all(names.map((name) => glanceAt(join(folder, name), depth - 1)));
}

function withEntries(glance: Glance): Glance[] {
  return [glance, ...(glance.entries ?? []).flatMap(withEntries)];
}

function line({ path, signature }: Glance): string {
  return `${path} ${signature}`;
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) if (chunk instanceof Uint8Array) hash.update(chunk);
  } catch {
    return MISSING;
  }
  return hash.digest("hex");
}
