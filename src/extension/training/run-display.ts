/** Where the current run is seen: in its panel, in the status bar, and in what commands there are. */
import { basename } from "node:path";
import * as vscode from "vscode";
import type { TrainingAction } from "../../protocol/training-page";
import { Disposable } from "../disposable";
import { HAS_TRAINING } from "../identifiers";
import type { PagePanelServices } from "../page-panel";
import type { CurrentRun } from "./current-run";
import type { RunHistory } from "./history";
import { TrainingStatusItem } from "./status-item";
import { TrainingPanel } from "./training-panel";

export interface RunDisplayServices extends PagePanelServices {
  readonly current: CurrentRun;
  /** Carries out what a button of the panel stands for. */
  act(action: TrainingAction): void;
  /** The panel was closed. */
  closed(): void;
}

export class RunDisplay extends Disposable {
  private readonly panel: TrainingPanel;
  private readonly status = this.own(new TrainingStatusItem());

  constructor(private readonly services: RunDisplayServices) {
    super();
    const { current, ...others } = services;
    this.panel = this.own(
      new TrainingPanel({
        ...others,
        view: () => {
          const view = current.view(vscode.workspace);
          return view === undefined ? { kind: "empty" } : { kind: "view", view };
        },
        select: (layer) => {
          current.run?.select(layer);
        },
        draw: () => {
          current.run?.draw();
        },
      }),
    );
  }

  /** The panel has the focus. */
  get isActive(): boolean {
    return this.panel.isActive;
  }

  /** The panel is on view. */
  get isVisible(): boolean {
    return this.panel.isVisible;
  }

  /** Shows the panel. */
  open(): void {
    this.panel.show();
  }

  /** Brings all of it up to date. */
  update(): void {
    this.showStatus();
    this.panel.send();
    const { plan } = this.services.current;
    void vscode.commands.executeCommand("setContext", HAS_TRAINING, plan !== undefined);
  }

  /** After a step of the run. */
  updateStep({ lastStep, secondsLeft }: RunHistory): void {
    if (lastStep === null) return;
    this.showStatus();
    this.panel.tell({ kind: "step", step: lastStep, secondsLeft });
  }

  /** After a histogram of the run came. */
  updateHistogram({ histogram }: RunHistory): void {
    if (histogram !== null) this.panel.tell({ kind: "histogram", histogram });
  }

  private showStatus(): void {
    const { run, plan } = this.services.current;
    if (plan === undefined || run?.isActive !== true) {
      this.status.hide();
      return;
    }
    const { lastStep } = run.history;
    const share = lastStep === null ? 0 : lastStep.step / lastStep.steps;
    this.status.show(basename(plan.request.modelPath), run.phase, share);
  }
}
