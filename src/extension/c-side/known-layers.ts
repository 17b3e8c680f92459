/** From an identifier in C code to the layer that it is of. */
import type * as vscode from "vscode";
import type { LayerNames } from "../../engine/emit/layer-names";
import { namesInReport } from "../../engine/emit/report-names";
import type { ModelView } from "../current-model";
import { layerOfSection, MAX_READ_LENGTH } from "./find-layer";

export interface KnownLayer {
  readonly view: ModelView;
  readonly index: number;
}

export class KnownLayers {
  private readonly names = new WeakMap<ModelView, readonly (LayerNames | null)[]>();
  private readonly identifiers = new WeakMap<ModelView, ReadonlyMap<string, number>>();

  /** @param views whose layers are known, without any work but reading them */
  constructor(private readonly views: () => Promise<readonly ModelView[]>) {}

  /** The report that a generated file is of. */
  async viewOf({ fsPath }: vscode.Uri): Promise<ModelView | undefined> {
    return (await this.views()).find(({ files }) => files.includes(fsPath));
  }

  /** The layer of an identifier: in a generated file one of that file, elsewhere one that any report has. */
  async find(document: vscode.TextDocument, identifier: string): Promise<KnownLayer | undefined> {
    const own = await this.viewOf(document.uri);
    const views = own === undefined ? await this.views() : [own];
    for (const view of views) {
      const index = this.identifiersOf(view).get(identifier);
      if (index !== undefined) return { view, index };
    }
    const text = own === undefined ? "" : document.getText();
    if (own === undefined || text.length > MAX_READ_LENGTH) return undefined;
    const names = own.report.layers.map(({ name }) => name);
    const index = layerOfSection(text, identifier, names);
    return index === undefined ? undefined : { view: own, index };
  }

  /** Names in the weights' files, one entry a layer; null where it has none. */
  namesOf(view: ModelView): readonly (LayerNames | null)[] {
    const known = this.names.get(view) ?? namesInReport(view.report);
    this.names.set(view, known);
    return known;
  }

  /** Layers by the names of their arrays and functions. */
  identifiersOf(view: ModelView): ReadonlyMap<string, number> {
    const known = this.identifiers.get(view) ?? new Map(this.namesOf(view).flatMap(identifiers));
    this.identifiers.set(view, known);
    return known;
  }
}

function identifiers(names: LayerNames | null, index: number): [string, number][] {
  if (names === null) return [];
  return [...Object.values(names.arrays), ...Object.values(names.functions)].map((name) => [name, index]);
}
