/** Loss or accuracy over the steps: of training as it goes, and of the codes on the validation samples. */
import * as l10n from "@vscode/l10n";
import { Chart, LinearScale, LineController, LineElement, PointElement, Tooltip, type ChartOptions } from "chart.js";
import type { TrainingScore } from "../../src/protocol/training";
import type { EvaluationPoint, StepPoint } from "../../src/protocol/training-page";
import { chartFigure } from "../shared/chart-figure";
import { axisStyle, tooltipStyle } from "../shared/chart-options";
import { countText, percentText } from "../shared/format";
import { withAlpha, type Theme } from "../shared/theme";
import { curveSentence, lossText, type Curve } from "./sentences";

Chart.register(LineController, LineElement, PointElement, LinearScale, Tooltip);

interface Point {
  readonly x: number;
  readonly y: number;
}

/** More evaluations than that are a line without points. */
const MAX_MARKS = 60;

const NAMES = [l10n.t("training"), l10n.t("validation"), l10n.t("float model")];

const DEFINITIONS = {
  loss: {
    term: l10n.t("Loss"),
    meaning: l10n.t(
      "What training makes smaller. Training: mean over a few steps, quantizers in the loop. Validation: the codes, on samples that training does not see.",
    ),
  },
  accuracy: {
    term: l10n.t("Accuracy"),
    meaning: l10n.t(
      "Share of the samples with the right class; without labels, that is the class which the float model names. Validation: the codes, on samples that training does not see.",
    ),
  },
} as const;

export class CurveChart {
  private readonly figure;
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly chart: Chart<"line", Point[]>;
  private steps: readonly StepPoint[] = [];
  private evaluations: readonly EvaluationPoint[] = [];
  private float: TrainingScore | null = null;
  private last = 0;

  constructor(
    private readonly curve: Curve,
    private theme: Theme,
  ) {
    this.figure = chartFigure(DEFINITIONS[curve].term, DEFINITIONS[curve]);
    ({ element: this.element, canvas: this.canvas } = this.figure);
    this.figure.setLegend([
      { swatch: "quiet", text: NAMES[0] },
      { swatch: "accent", text: `● ${NAMES[1]}` },
      { swatch: "bound", text: NAMES[2] },
    ]);
    this.chart = new Chart(this.canvas, {
      type: "line",
      data: { datasets: [] },
      options: { animation: false, responsive: true, maintainAspectRatio: false },
    });
  }

  /** @param steps of the whole run: where the axis ends */
  show(
    points: readonly StepPoint[],
    evaluations: readonly EvaluationPoint[],
    float: TrainingScore | null,
    steps: number,
  ): void {
    this.steps = points;
    this.evaluations = evaluations;
    this.float = float;
    this.last = steps;
    this.element.hidden =
      this.curve === "accuracy" && [...points, ...evaluations].every(({ accuracy }) => accuracy === null);
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    const { theme, evaluations } = this;
    const bound = this.float?.[this.curve] ?? null;
    this.canvas.setAttribute("aria-label", curveSentence(this.curve, this.steps, evaluations, this.float));
    this.chart.data = {
      datasets: [
        {
          data: this.points(this.steps),
          borderColor: withAlpha(theme.quiet, 0.8),
          borderWidth: 1,
          pointRadius: 0,
          order: 3,
        },
        {
          data: this.points(evaluations),
          borderColor: theme.accent,
          backgroundColor: theme.accent,
          borderWidth: 2,
          pointRadius: evaluations.length > MAX_MARKS ? 0 : 3,
          order: 1,
        },
        {
          data: bound === null ? [] : [0, this.last].map((x) => ({ x, y: bound })),
          borderColor: theme.warning,
          borderDash: [5, 4],
          borderWidth: 2,
          pointRadius: 0,
          order: 2,
        },
      ],
    };
    this.chart.options = this.options();
    this.chart.update("none");
  }

  private points(scores: readonly (TrainingScore & { readonly step: number })[]): Point[] {
    return scores.flatMap((score) => {
      const y = score[this.curve];
      return y === null ? [] : [{ x: score.step, y }];
    });
  }

  private options(): ChartOptions<"line"> {
    const { theme } = this;
    const isLoss = this.curve === "loss";
    const valueText = isLoss ? lossText : percentText;
    const y = axisStyle(theme, "");
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 6, right: 8 } },
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: { type: "linear", min: 0, max: Math.max(1, this.last), ...axisStyle(theme, l10n.t("steps")) },
        y: {
          ...y,
          border: { display: false },
          ...(isLoss ? { beginAtZero: true } : { suggestedMax: 1 }),
          ticks: { ...y.ticks, callback: (value) => (isLoss ? value : percentText(Number(value))) },
        },
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: (items) => items.slice(0, 1).map(({ parsed }) => l10n.t("step {0}", countText(parsed.x ?? 0))),
            label: ({ datasetIndex, parsed }) => `${NAMES[datasetIndex]}: ${valueText(parsed.y ?? 0)}`,
          },
        },
      },
    };
  }
}
