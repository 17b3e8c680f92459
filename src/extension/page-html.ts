/** The document that a webview panel loads: one script, one style sheet, nothing else allowed. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { htmlText } from "../engine/emit/html-text";

export type PageName =
  "report-page" | "model-page" | "comparison-page" | "equalization-page" | "report-comparison-page" | "training-page";

/** Prepares the webview for one of the bundled pages and loads it. The page says `ready` when it wants data. */
export function loadPage(webview: vscode.Webview, extensionUri: vscode.Uri, page: PageName, title: string): void {
  const root = vscode.Uri.joinPath(extensionUri, "dist", "webview");
  webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [root] };
  webview.html = html({
    title,
    language: vscode.l10n.bundle === undefined ? "en" : vscode.env.language,
    words: vscode.l10n.bundle === undefined ? "" : JSON.stringify(vscode.l10n.bundle),
    nonce: randomBytes(16).toString("base64"),
    source: webview.cspSource,
    script: webview.asWebviewUri(vscode.Uri.joinPath(root, `${page}.js`)).toString(),
    style: webview.asWebviewUri(vscode.Uri.joinPath(root, `${page}.css`)).toString(),
  });
}

interface Parts {
  readonly title: string;
  readonly language: string;
  /** The bundle of translations as JSON; empty for the texts as they are written. */
  readonly words: string;
  readonly nonce: string;
  readonly source: string;
  readonly script: string;
  readonly style: string;
}

function html(parts: Parts): string {
  const policy = [
    "default-src 'none'",
    `img-src ${parts.source} data:`,
    `style-src ${parts.source} 'nonce-${parts.nonce}'`,
    `script-src 'nonce-${parts.nonce}'`,
  ].join("; ");
  const words = parts.words === "" ? "" : ` data-l10n="${htmlText(parts.words)}"`;
  return `<!DOCTYPE html>
<html lang="${htmlText(parts.language)}"${words}>
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${htmlText(policy)}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta property="csp-nonce" content="${parts.nonce}">
  <title>${htmlText(parts.title)}</title>
  <link rel="stylesheet" href="${htmlText(parts.style)}">
</head>
<body>
  <main id="page"></main>
  <script nonce="${parts.nonce}" src="${htmlText(parts.script)}"></script>
</body>
</html>`;
}
