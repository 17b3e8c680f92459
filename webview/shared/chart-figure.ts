/** The frame of a chart: a heading, a legend and the canvas. */
import { defined, type Defined } from "./definitions";
import { element } from "./dom";

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
 * @param definition what it shows, where the heading is pressed
 */
export function chartFigure(title: string, definition?: Defined): ChartFigure {
  const canvas = element("canvas", { attributes: { role: "img" } });
  const heading = definition === undefined ? element("span", { text: title }) : defined(title, definition);
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
