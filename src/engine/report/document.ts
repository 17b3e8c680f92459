/** What a document says of a report, before it is HTML or Markdown. All texts are as they come: renderers make them safe. */
import { definitionOf, type Definition, type DefinitionId } from "../../protocol/definitions";
import type { Figure, Verdict } from "../../protocol/report-difference";

export interface DocumentFact {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly definition: DefinitionId;
}

export interface DocumentColumn {
  readonly label: string;
  readonly numeric?: boolean;
  readonly definition?: DefinitionId;
}

export interface DocumentCell {
  readonly text: string;
  /** A name out of the model. */
  readonly isName?: boolean;
  readonly verdict?: Verdict | null;
  readonly definition?: DefinitionId;
}

export interface DocumentTable {
  readonly caption: string;
  readonly columns: readonly DocumentColumn[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly DocumentCell[])[];
  /** Matters to few readers: folded where the format can. */
  readonly isDetail?: boolean;
}

/** A group of bars a row. Its numbers stand in a table of the document. */
export interface DocumentChart {
  readonly title: string;
  readonly definition: DefinitionId;
  /** What the bars of a row are, from top to bottom. */
  readonly series: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly values: readonly Figure[];
    /** The same as text, one a bar. */
    readonly texts: readonly string[];
  }[];
}

export interface ReportDocument {
  readonly title: string;
  readonly lead: string;
  readonly cautions: readonly string[];
  readonly facts: readonly DocumentFact[];
  /** Of the whole model, before and after. */
  readonly totals?: DocumentTable;
  readonly charts: readonly DocumentChart[];
  readonly tables: readonly DocumentTable[];
  readonly notes: readonly string[];
  /** Names of the weight schemes in it. */
  readonly schemes: readonly string[];
  /** Which files it is about: label and SHA-256. */
  readonly models: readonly { readonly label: string; readonly name: string; readonly sha256: string }[];
  /** Of Bitwright. */
  readonly version: string;
}

/** The definitions that a document refers to, each once, in the glossary's order of first use. */
export function definitionsIn({ facts, totals, charts, tables }: ReportDocument): [DefinitionId, Definition][] {
  const everyTable = totals === undefined ? tables : [totals, ...tables];
  const ids = [
    ...facts.map(({ definition }) => definition),
    ...everyTable.flatMap(({ columns, rows }) => [...columns, ...rows.flat()].map(({ definition }) => definition)),
    ...charts.map(({ definition }) => definition),
  ];
  const used = new Set(ids.filter((id) => id !== undefined));
  return [...used].map((id) => [id, definitionOf(id)]);
}
