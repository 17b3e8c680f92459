/** The components of VS Code's toolkit that the pages use, and nothing else of it. */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeProgressRing } from "@vscode/webview-ui-toolkit";
import { describe, type ElementOptions } from "./dom";

/** Defines the components; once, before any is made. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeProgressRing());
}

export interface ButtonOptions extends ElementOptions {
  readonly appearance?: "primary" | "secondary";
  /** Why it cannot be pressed. */
  readonly disabledBecause?: string;
}

export function button(options: ButtonOptions, press: () => void): HTMLElement {
  const made = document.createElement("vscode-button");
  describe(made, options);
  made.setAttribute("appearance", options.appearance ?? "secondary");
  if (options.disabledBecause !== undefined) {
    made.setAttribute("disabled", "");
    made.title = options.disabledBecause;
  }
  made.addEventListener("click", () => {
    if (!made.hasAttribute("disabled")) press();
  });
  return made;
}

export function progressRing(): HTMLElement {
  const made = document.createElement("vscode-progress-ring");
  made.setAttribute("aria-hidden", "true");
  return made;
}
