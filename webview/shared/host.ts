/** The extension, as a page sees it. */

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

/** What a page says and hears. */
export interface Host<From, To> {
  readonly send: (message: From) => void;
  readonly onMessage: (handle: (message: To) => void) => void;
}

/** The page's connection; its kind of messages is the one that its panel speaks. */
export function connect<From, To>(): Host<From, To> {
  return {
    send: (message) => {
      api.postMessage(message);
    },
    onMessage: (handle) => {
      window.addEventListener("message", (event: MessageEvent<To>) => {
        handle(event.data);
      });
    },
  };
}

/** Whatever was saved last, by this or an older version of the page. */
export function savedState(): unknown {
  return api.getState();
}

/** Kept over a reload of the window; for the state of the page only, never for reports. */
export function saveState(state: unknown): void {
  api.setState(state);
}
