import type * as vscode from "vscode";

const DIRECTORY = "outputDirectory";
const CANDIDATES = "comparedCandidates";

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

  async rememberDirectory(directory: string): Promise<void> {
    await this.state.update(DIRECTORY, directory);
  }

  async rememberCandidates(candidates: string): Promise<void> {
    await this.state.update(CANDIDATES, candidates);
  }

  private text(key: string): string | undefined {
    const value = this.state.get<unknown>(key);
    return typeof value === "string" ? value : undefined;
  }
}
