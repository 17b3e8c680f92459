import type * as vscode from "vscode";

const DIRECTORY = "outputDirectory";
const CANDIDATES = "comparedCandidates";
const ANALYSES = "analyses";
const LAYER_ORDER = "layerOrder";
const TRAININGS = "trainings";

/** What the user chose last in this workspace. */
export class Memory {
  constructor(private readonly state: vscode.Memento) {}

  /** Output folder, relative to the workspace folder. */
  get directory(): string | undefined {
    return this.text(DIRECTORY);
  }

  /** Candidate schemes as the command line takes them. */
  get candidates(): string | undefined {
    return this.text(CANDIDATES);
  }

  /** Answers to the last analysis of a model, as they were kept; whoever reads them checks them. */
  analysis(model: vscode.Uri): unknown {
    return this.byModel(ANALYSES).get(model.toString());
  }

  async rememberAnalysis(model: vscode.Uri, answers: unknown): Promise<void> {
    await this.rememberOf(ANALYSES, model, answers);
  }

  /** Answers to the last training of a model, kept and checked in the same way. */
  training(model: vscode.Uri): unknown {
    return this.byModel(TRAININGS).get(model.toString());
  }

  async rememberTraining(model: vscode.Uri, answers: unknown): Promise<void> {
    await this.rememberOf(TRAININGS, model, answers);
  }

  /** Order of the layers in the side panel, as it was kept. */
  get layerOrder(): string | undefined {
    return this.text(LAYER_ORDER);
  }

  async rememberLayerOrder(order: string): Promise<void> {
    await this.state.update(LAYER_ORDER, order);
  }

  async rememberDirectory(directory: string): Promise<void> {
    await this.state.update(DIRECTORY, directory);
  }

  async rememberCandidates(candidates: string): Promise<void> {
    await this.state.update(CANDIDATES, candidates);
  }

  private async rememberOf(key: string, model: vscode.Uri, answers: unknown): Promise<void> {
    await this.state.update(key, Object.fromEntries(new Map(this.byModel(key)).set(model.toString(), answers)));
  }

  private byModel(key: string): ReadonlyMap<string, unknown> {
    const kept = this.state.get<unknown>(key);
    return new Map<string, unknown>(typeof kept === "object" && kept !== null ? Object.entries(kept) : []);
  }

  private text(key: string): string | undefined {
    const value = this.state.get<unknown>(key);
    return typeof value === "string" ? value : undefined;
  }
}
