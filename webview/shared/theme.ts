/** Colours and type for what is drawn on a canvas, which CSS does not reach. */

export interface Theme {
  readonly foreground: string;
  readonly quiet: string;
  readonly background: string;
  readonly grid: string;
  readonly accent: string;
  readonly contrast: string;
  readonly good: string;
  readonly warning: string;
  readonly error: string;
  readonly focus: string;
  readonly tooltipBackground: string;
  readonly tooltipForeground: string;
  readonly tooltipBorder: string;
  readonly fontFamily: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const variable = (...names: string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(`--vscode-${name}`).trim();
      if (value !== "") return value;
    }
    return "gray";
  };
  return {
    foreground: variable("foreground"),
    quiet: variable("descriptionForeground", "foreground"),
    background: variable("editor-background"),
    grid: variable("charts-lines", "panel-border", "foreground"),
    accent: variable("charts-blue"),
    contrast: variable("charts-purple"),
    good: variable("charts-green"),
    warning: getComputedStyle(document.body).getPropertyValue("--warning").trim(),
    error: variable("list-errorForeground", "charts-red"),
    focus: variable("focusBorder"),
    tooltipBackground: variable("editorHoverWidget-background", "editor-background"),
    tooltipForeground: variable("editorHoverWidget-foreground", "foreground"),
    tooltipBorder: variable("editorHoverWidget-border", "foreground"),
    fontFamily: variable("font-family"),
  };
}

/** Calls back after VS Code has changed the theme: it sets a class on the body and the variables on the root. */
export function onThemeChange(listener: (theme: Theme) => void): void {
  const observer = new MutationObserver(() => {
    listener(readTheme());
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
}

/** A colour with an alpha from 0 to 1, whatever way the theme writes it: canvases know all of CSS, chart.js does not. */
export function withAlpha(color: string, alpha: number): string {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return color;
  context.fillStyle = color;
  const written = context.fillStyle;
  if (written.startsWith("#")) {
    const opacity = Math.round(255 * alpha);
    return written + opacity.toString(16).padStart(2, "0");
  }
  return written.replace(/[\d.]+(?=\)$)/, (own) => String(Number(own) * alpha));
}
