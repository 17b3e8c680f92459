/** The charts as one picture. */
import type { Theme } from "./theme";

export interface Picture {
  readonly title: string;
  readonly canvas: HTMLCanvasElement;
}

const MARGIN = 16;
const TITLE_HEIGHT = 24;

/** The charts below each other on the theme's background, as a PNG in base64. */
export function chartsPng(pictures: readonly Picture[], theme: Theme): string {
  const scale = window.devicePixelRatio;
  const margin = MARGIN * scale;
  const titleHeight = TITLE_HEIGHT * scale;
  const target = document.createElement("canvas");
  target.width = 2 * margin + Math.max(...pictures.map(({ canvas }) => canvas.width));
  target.height = margin + pictures.reduce((height, { canvas }) => height + titleHeight + canvas.height + margin, 0);
  const context = target.getContext("2d");
  if (context === null) throw new Error("no canvas to draw the export on");
  context.fillStyle = theme.background;
  context.fillRect(0, 0, target.width, target.height);
  context.fillStyle = theme.foreground;
  context.font = `600 ${13 * scale}px ${theme.fontFamily}`;
  context.textBaseline = "top";
  let y = margin;
  for (const { title, canvas } of pictures) {
    context.fillText(title, margin, y);
    context.drawImage(canvas, margin, y + titleHeight);
    y += titleHeight + canvas.height + margin;
  }
  return target.toDataURL("image/png").replace(/^data:image\/png;base64,/, "");
}
