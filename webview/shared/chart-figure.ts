/** The frame of a chart: a heading, a legend and the canvas. */
import { element } from "./dom";

export interface LegendEntry {
  readonly swatch: "accent" | "contrast" | "warning" | "error" | "good" | "quiet";
  readonly text: string;
}

export interface ChartFigure {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  setTitle(title: string): void;
  setLegend(entries: readonly LegendEntry[]): void;
}

/** The canvas is announced as one picture; its owner gives it a sentence as its name. */
export function chartFigure(title: string): ChartFigure {
  const canvas = element("canvas", { attributes: { role: "img" } });
  const heading = element("h2", { text: title });
  const legend = element("ul", { class: "legend" });
  const caption = element("figcaption", {}, heading, legend);
  return {
    element: element("figure", { class: "chart" }, caption, element("div", { class: "canvas-box" }, canvas)),
    canvas,
    setTitle: (text) => {
      heading.textContent = text;
    },
    setLegend: (entries) => {
      const items = entries.map(({ swatch, text }) =>
        element("li", { text }, element("span", { class: `swatch ${swatch}` })),
      );
      legend.replaceChildren(...items);
    },
  };
}
