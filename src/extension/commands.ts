/** Every command, one line each. */
import * as vscode from "vscode";
import { answersOf, indexOf, layerOf, schemesOf, uriOf } from "./command-arguments";
import { showFailure } from "./failures";
import { COMMANDS, type CommandId } from "./identifiers";
import type { Session } from "./session";

type Handler = (session: Session, ...args: unknown[]) => unknown;

const HANDLERS: Record<CommandId, Handler> = {
  "bitwright.quantizeModel": (session, model, answers) => session.quantize(uriOf(model), answersOf(answers)),
  "bitwright.compareSchemes": (session, model, schemes) => session.compare(uriOf(model), schemesOf(schemes)),
  "bitwright.analyzeNoise": (session, model, answers) => session.analyze(uriOf(model), answers),
  "bitwright.compareEqualization": (session, model, answers) => session.compareEqualizations(uriOf(model), answers),
  "bitwright.openReport": (session) => session.openReport(),
  "bitwright.openWeights": (session) => session.openWeights(),
  "bitwright.revealLayer": (session, layer) => {
    session.revealLayer(layerOf(layer));
  },
  "bitwright.exportCsv": (session) => session.export("csv"),
  "bitwright.exportPng": (session) => session.export("png"),
  "bitwright.runRecipes": (session, file, index) => session.recipes.run(uriOf(file), indexOf(index)),
  "bitwright.openRecipeReport": (session, file, index) => session.recipes.openReport(uriOf(file), indexOf(index)),
  "bitwright.createRecipe": (session) => session.recipes.create(),
  "bitwright.addMissingFile": (session, path) => session.recipes.addMissingFile(path),
  "bitwright.showLog": (session) => {
    session.log.show();
  },
};

/** Registers them all; what a handler throws is shown to the user. */
export function registerCommands(session: Session): vscode.Disposable {
  return vscode.Disposable.from(
    ...COMMANDS.map((id) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          await HANDLERS[id](session, ...args);
        } catch (thrown) {
          await showFailure(thrown, session.log);
        }
      }),
    ),
  );
}
