/** The panel that shows a training run as it goes. */
import * as vscode from "vscode";
import type { FromTrainingPage, ToTrainingPage, TrainingAction } from "../../protocol/training-page";
import { TRAINING_PANEL } from "../identifiers";
import { trainingPageMessages } from "../page-messages";
import { PagePanel, type PagePanelServices } from "../page-panel";

/** Milliseconds between looks at how the weights lie. */
const HISTOGRAM_INTERVAL = 1000;

export interface TrainingPanelServices extends PagePanelServices {
  /** All that is to be shown now. */
  view(): ToTrainingPage;
  act(action: TrainingAction): void;
  select(layer: number): void;
  /** Asks for a histogram anew. */
  draw(): void;
  closed(): void;
}

export class TrainingPanel extends PagePanel<FromTrainingPage, ToTrainingPage> {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly services: TrainingPanelServices) {
    super({ viewType: TRAINING_PANEL, page: "training-page", loadSchema: trainingPageMessages }, services);
    this.own(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.send();
      }),
    );
  }

  /** Its page is on view. */
  get isVisible(): boolean {
    return this.timer !== undefined;
  }

  show(): void {
    this.reveal();
    this.send();
  }

  send(): void {
    this.tell(this.services.view());
  }

  /** A hidden page would lose it, and asks for all when it is shown. */
  tell(message: ToTrainingPage): void {
    if (this.isVisible) this.post(message);
  }

  override dispose(): void {
    super.dispose();
    this.becomeHidden();
  }

  protected override get title(): string {
    return this.documentTitle;
  }

  protected override get documentTitle(): string {
    return vscode.l10n.t("Training");
  }

  /** What there is to show is found when the window opens. */
  protected override restore(): Promise<void> {
    return Promise.resolve();
  }

  protected override becomeHidden(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  protected override becomeClosed(): void {
    if (!this.isDisposed) this.services.closed();
  }

  protected override receive(message: FromTrainingPage): void {
    switch (message.kind) {
      case "ready":
        clearInterval(this.timer);
        this.timer = setInterval(() => {
          this.services.draw();
        }, HISTOGRAM_INTERVAL);
        this.send();
        this.services.draw();
        return;
      case "select":
        this.services.select(message.layer);
        return;
      case "action":
        this.services.act(message.action);
        return;
    }
  }
}
