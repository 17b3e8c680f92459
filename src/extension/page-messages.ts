/** Messages from pages, checked. The checker is loaded with the first message, to keep activation short. */
import type * as vscode from "vscode";
import type { FromPage } from "../protocol/webview";

/** Calls `handle` with every well-formed message of the page, in their order; others are logged and dropped. */
export function onPageMessage(
  webview: vscode.Webview,
  log: vscode.LogOutputChannel,
  handle: (message: FromPage) => void,
): vscode.Disposable {
  return webview.onDidReceiveMessage(async (message: unknown) => {
    const { fromPageSchema } = await import("../protocol/webview");
    const parsed = fromPageSchema.safeParse(message);
    if (parsed.success) handle(parsed.data);
    else log.warn(`A page sent a message that was dropped: ${parsed.error.message}`);
  });
}
