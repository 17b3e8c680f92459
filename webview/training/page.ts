/** The page that shows a training run as it goes. */
import "../shared/words";
import * as l10n from "@vscode/l10n";
import type { TrainingStep } from "../../src/protocol/training";
import type { StepPoint, ToTrainingPage, TrainingView } from "../../src/protocol/training-page";
import { element, pageRoot } from "../shared/dom";
import { showTitlesOnFocus } from "../shared/focus-titles";
import { countText, nameText } from "../shared/format";
import { showEmpty } from "../shared/notices";
import { savedState, saveState } from "../shared/host";
import { onThemeChange, readTheme } from "../shared/theme";
import { onViewChange, restoreView } from "../shared/view-memory";
import { viewStateOf } from "../shared/view-state";
import { button, registerToolkit } from "../shared/toolkit";
import { Announcer } from "./announcer";
import { Controls } from "./controls";
import { CurveChart } from "./curve-chart";
import { Figures } from "./figures";
import { trainingHost } from "./host";
import { LayerSection } from "./layer-section";
import { outcome } from "./outcome";
import { evaluationTable } from "./tables";
import { phaseText } from "./sentences";
import { LiveTable } from "./live-table";
import "./page.css";

class TrainingPage {
  private readonly root = pageRoot();
  private readonly heading = element("h1");
  private readonly about = element("p", { class: "quiet" });
  private readonly phase = element("p", { class: "phase", attributes: { role: "status" } });
  private readonly bar = element("progress", {
    attributes: { max: "1", value: "0", "aria-label": l10n.t("Steps done") },
  });
  private readonly result = element("div");
  private readonly figures = new Figures();
  private readonly announcer = new Announcer();
  private readonly controls = new Controls((action) => {
    trainingHost.send({ kind: "action", action });
  });
  private readonly charts;
  private readonly layers: LayerSection;
  private readonly evaluations = new LiveTable("evaluations", l10n.t("Evaluations as a table"), () =>
    evaluationTable(this.view?.evaluations ?? []),
  );
  private readonly content: readonly HTMLElement[];
  private view: TrainingView | undefined;
  /** Of the view, and those that came since. */
  private steps: StepPoint[] = [];

  constructor() {
    const theme = readTheme();
    this.charts = [new CurveChart("loss", theme), new CurveChart("accuracy", theme)];
    this.layers = new LayerSection(theme, (layer) => {
      trainingHost.send({ kind: "select", layer });
    });
    onViewChange(this.root, saveState);
    onThemeChange((changed) => {
      for (const chart of [...this.charts, this.layers]) chart.setTheme(changed);
    });
    this.content = [
      element("header", { class: "page-head" }, element("div", {}, this.heading, this.about), this.controls.element),
      element("div", { class: "course" }, this.phase, this.bar),
      this.result,
      this.figures.element,
      element(
        "section",
        { class: "curves", attributes: { "aria-label": l10n.t("Course") } },
        ...this.charts.map((chart) => chart.element),
      ),
      this.announcer.element,
      this.evaluations.element,
      this.layers.element,
    ];
  }

  receive(message: ToTrainingPage): void {
    switch (message.kind) {
      case "empty":
        this.view = undefined;
        showEmpty(
          this.root,
          l10n.t("No model is being trained"),
          l10n.t("Fine-tune a quantized model on data to see how its codes learn."),
          button({ text: l10n.t("Fine-tune…"), appearance: "primary" }, () => {
            trainingHost.send({ kind: "action", action: "train-again" });
          }),
        );
        return;
      case "view":
        this.show(message.view);
        return;
      case "step":
        this.addStep(message.step, message.secondsLeft);
        return;
      case "histogram":
        this.layers.showHistogram(message.histogram);
        return;
    }
  }

  private show(view: TrainingView): void {
    const isFirst = this.view === undefined;
    if (isFirst) this.root.replaceChildren(...this.content);
    const isNewEnd = outcomeKey(view) !== (this.view && outcomeKey(this.view));
    this.view = view;
    this.steps = [...view.steps];
    this.heading.textContent = nameText(view.model);
    this.about.textContent = aboutText(view);
    setText(this.phase, phaseText(view.phase));
    if (isNewEnd) this.result.replaceChildren(...[outcome(view)].filter((made) => made !== undefined));
    this.controls.show(view);
    this.figures.show(view);
    this.announcer.announce(view);
    this.layers.show(view);
    this.evaluations.refresh();
    this.showProgress(view.lastStep?.step ?? view.start?.step ?? 0);
    this.drawCurves();
    if (isFirst) restoreView(this.root, viewStateOf(savedState()));
  }

  private addStep(step: TrainingStep, secondsLeft: number | null): void {
    if (this.view === undefined) return;
    this.steps.push({ step: step.step, loss: step.loss, accuracy: step.accuracy });
    this.figures.showStep(step, secondsLeft, this.view.epochs);
    this.showProgress(step.step);
    this.drawCurves();
  }

  private showProgress(step: number): void {
    const steps = this.view?.start?.steps ?? 0;
    const { phase } = this.view ?? {};
    this.bar.hidden = phase === "done" || phase === "failed" || phase === "interrupted";
    if (phase === "preparing") this.bar.removeAttribute("value");
    else this.bar.value = steps === 0 ? 0 : step / steps;
  }

  private drawCurves(): void {
    const { view } = this;
    if (view === undefined) return;
    // A run that ended early has curves as wide as any other.
    const steps = view.report?.steps ?? view.start?.steps ?? 0;
    for (const chart of this.charts) chart.show(this.steps, view.evaluations, view.start?.float ?? null, steps);
  }
}

/** Live regions are told only what is new. */
function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

function outcomeKey({ phase, failure, report, canResume }: TrainingView): string {
  return JSON.stringify([phase, failure, report?.steps, canResume]);
}

function aboutText({ about, start }: TrainingView): string {
  const samples =
    start === null
      ? []
      : [
          l10n.t(
            "{0} samples, {1} others for validation",
            countText(start.trainingSamples),
            countText(start.validationSamples),
          ),
        ];
  return [...about.map(nameText), ...samples].join(" · ");
}

registerToolkit();
showTitlesOnFocus();
const page = new TrainingPage();
trainingHost.onMessage((message) => {
  page.receive(message);
});
trainingHost.send({ kind: "ready" });
