/** Names of the layers of models that recipes have rules for: read in the worker, and kept while the file is the same. */
import { statSync } from "node:fs";
import type { LazyWorker } from "../lazy-worker";

/** Where the names are not known yet, or the model cannot be read, which its run says. */
interface Known {
  readonly signature: string;
  readonly names: readonly string[] | undefined;
}

export class LayerNames {
  private readonly known = new Map<string, Known>();

  /** @param learned called when names became known */
  constructor(
    private readonly worker: LazyWorker,
    private readonly learned: () => void,
  ) {}

  /** Undefined until they are known. @param model absolute path */
  of(model: string): readonly string[] | undefined {
    const signature = signatureOf(model);
    const known = this.known.get(model);
    if (signature === undefined || known?.signature === signature) return known?.names;
    this.known.set(model, { signature, names: undefined });
    void this.read(model, signature);
    return undefined;
  }

  private async read(model: string, signature: string): Promise<void> {
    try {
      const { layers } = await this.worker.run("inspect", { modelPath: model });
      this.known.set(model, { signature, names: layers.map(({ name }) => name) });
      this.learned();
    } catch {
      // The run of the recipe says what is wrong with the model.
    }
  }
}

function signatureOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? `${stats.size} ${stats.mtimeMs}` : undefined;
}
