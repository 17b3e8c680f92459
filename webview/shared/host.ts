/** The extension, as a page sees it. */
import type { FromPage, ToPage } from "../../src/protocol/webview";

interface VsCodeApi {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

export function send(message: FromPage): void {
  api.postMessage(message);
}

/** Whatever was saved last, by this or an older version of the page. */
export function savedState(): unknown {
  return api.getState();
}

/** Kept over a reload of the window; for the state of the page only, never for reports. */
export function saveState(state: unknown): void {
  api.setState(state);
}

export function onMessage(handle: (message: ToPage) => void): void {
  window.addEventListener("message", (event: MessageEvent<ToPage>) => {
    handle(event.data);
  });
}
