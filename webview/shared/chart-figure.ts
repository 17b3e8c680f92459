/** The frame of a chart: a heading, a legend and the canvas. */
import { element, explained } from "./dom";

export interface LegendEntry {
  readonly swatch: "accent" | "contrast" | "warning" | "error" | "good" | "quiet" | "foreground" | "bound";
  readonly text: string;
}

export interface ChartFigure {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  setTitle(title: string): void;
  setLegend(entries: readonly LegendEntry[]): void;
}

/**
 * The canvas is announced as one picture; its owner gives it a sentence as its name.
 * @param explanation shown where the pointer or the focus rests on the heading
 */
export function chartFigure(title: string, explanation?: string): ChartFigure {
  const canvas = element("canvas", { attributes: { role: "img" } });
  const heading = explanation === undefined ? element("span", { text: title }) : explained(title, explanation);
  const legend = element("ul", { class: "legend" });
  const caption = element("figcaption", {}, element("h2", {}, heading), legend);
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
