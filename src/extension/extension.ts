/** The entry point of the extension. */
import * as vscode from "vscode";
import type { BitwrightApi } from "./api";
import { registerCommands } from "./commands";
import { Session } from "./session";

export function activate(context: vscode.ExtensionContext): BitwrightApi {
  const started = performance.now();
  const log = vscode.window.createOutputChannel("Bitwright", { log: true });
  context.subscriptions.push(log);
  try {
    const session = new Session(context, log);
    context.subscriptions.push(session, registerCommands(session));
    const activationMilliseconds = performance.now() - started;
    return {
      activationMilliseconds,
      currentReport: () => session.current.view?.report,
      recipes: () =>
        session.recipes.states.map(({ target, state }) => {
          const { file, index, model } = target;
          return { file, index, model, state: state.kind };
        }),
    };
  } catch (thrown) {
    log.error(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    void vscode.window.showErrorMessage(vscode.l10n.t("Bitwright could not start. The log says why."));
    log.show(true);
    throw thrown;
  }
}
