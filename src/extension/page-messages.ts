/** Messages from pages, checked. The checker is loaded with the first message, to keep activation short. */
import type * as vscode from "vscode";
import type { ZodType } from "zod";

/**
 * Calls `handle` with every well-formed message of the page, in their order; others are logged and dropped.
 * @param loadSchema the form of the page's messages
 */
export function onPageMessage<Message>(
  webview: vscode.Webview,
  log: vscode.LogOutputChannel,
  loadSchema: () => Promise<ZodType<Message>>,
  handle: (message: Message) => void,
): vscode.Disposable {
  return webview.onDidReceiveMessage(async (message: unknown) => {
    const parsed = (await loadSchema()).safeParse(message);
    if (parsed.success) handle(parsed.data);
    else log.warn(`A page sent a message that was dropped: ${parsed.error.message}`);
  });
}

export const modelPageMessages = async () => (await import("../protocol/webview")).fromModelPageSchema;

export const reportPageMessages = async () => (await import("../protocol/webview")).fromReportPageSchema;

export const comparisonPageMessages = async () =>
  (await import("../protocol/comparison-page")).fromComparisonPageSchema;

export const reportComparisonPageMessages = async () =>
  (await import("../protocol/report-comparison-page")).fromReportComparisonPageSchema;
export const trainingPageMessages = async () => (await import("../protocol/training-page")).fromTrainingPageSchema;

export const equalizationPageMessages = async () =>
  (await import("../protocol/equalization-page")).fromEqualizationPageSchema;
