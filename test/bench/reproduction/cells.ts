/** Figures of single runs, kept in files so that a reproduction that was interrupted goes on where it was. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a run found, by name. */
export type Figures = Readonly<Record<string, number>>;

/** One run of one seed. */
export interface Cell {
  /** Row of a table. */
  readonly name: string;
  readonly seed: number;
  /** All that decides over the figures beside name and seed; other ones make them again. */
  readonly settings: string;
  readonly run: () => Promise<Figures>;
}

interface Kept {
  readonly settings: string;
  readonly figures: Figures;
}

/** Figures of the cells of one part, by name and seed. */
export class CellStore {
  private readonly kept: Map<string, Kept>;

  constructor(private readonly path: string) {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "{}";
    this.kept = new Map(Object.entries(JSON.parse(text) as Record<string, Kept>));
  }

  /** Runs what has no figures yet, in the order given. */
  async complete(cells: readonly Cell[], say: (line: string) => void): Promise<void> {
    for (const { name, seed, settings, run } of cells) {
      const key = keyOf(name, seed);
      if (this.kept.get(key)?.settings === settings) continue;
      const figures = await run();
      this.kept.set(key, { settings, figures });
      this.write();
      say(`${key}: ${JSON.stringify(figures)}`);
    }
  }

  get isEmpty(): boolean {
    return this.kept.size === 0;
  }

  /** Of all seeds that have been run, by ascending seed. */
  of(name: string): Figures[] {
    const seeds = [...this.kept.keys()].filter((key) => key.startsWith(keyOf(name, "")));
    return seeds
      .sort((a, b) => Number(a.slice(keyOf(name, "").length)) - Number(b.slice(keyOf(name, "").length)))
      .map((key) => this.kept.get(key)!.figures);
  }

  private write(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    const text = JSON.stringify(Object.fromEntries([...this.kept].sort()), null, 1);
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }
}

function keyOf(name: string, seed: number | string): string {
  return `${name}, seed ${seed}`;
}
