/** What a part of the reproduction is: cells to run, and the section of the document that shows them. */
import type { Runtime } from "../../../src/engine/runtime";
import type { Cell, CellStore } from "./cells";

export interface Workshop {
  readonly runtime: Runtime;
  /** Folder for files that are made once and read again. */
  readonly folder: string;
}

export interface Part {
  readonly id: string;
  /** Heading of its section. */
  readonly title: string;
  /** Null where the data are not there. */
  readonly missing: () => string | null;
  /** All cells of one seed. */
  readonly cells: (seed: number, workshop: Workshop) => readonly Cell[];
  /** Markdown without the heading; of whatever has been run, and something has. */
  readonly section: (store: CellStore) => string;
}
