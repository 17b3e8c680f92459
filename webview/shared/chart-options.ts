/** What the axes and tooltips of all charts look like, in the colours of the theme. */
import { Chart } from "chart.js";
import type { Theme } from "./theme";

Chart.defaults.locale = document.documentElement.lang;

const FONT_SIZE = 11;

export function axisStyle(theme: Theme, title: string) {
  const font = { family: theme.fontFamily, size: FONT_SIZE };
  return {
    title: { display: title !== "", text: title, color: theme.quiet, font },
    grid: { color: theme.grid, lineWidth: 0.5 },
    border: { color: theme.grid },
    ticks: { color: theme.quiet, font, maxTicksLimit: 6 },
  };
}

export function tooltipStyle(theme: Theme) {
  const font = { family: theme.fontFamily, size: FONT_SIZE };
  return {
    displayColors: false,
    backgroundColor: theme.tooltipBackground,
    titleColor: theme.tooltipForeground,
    bodyColor: theme.tooltipForeground,
    borderColor: theme.tooltipBorder,
    borderWidth: 1,
    cornerRadius: 3,
    titleFont: { ...font, size: FONT_SIZE + 1 },
    bodyFont: font,
  };
}
