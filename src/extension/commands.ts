/** Every command, one line each. */
import * as vscode from "vscode";
import { answersOf, elementOf, indexOf, layerOf, schemesOf, textOf, uriOf, uriOfText } from "./command-arguments";
import { showFailure } from "./failures";
import { COMMANDS, type CommandId } from "./identifiers";
import type { Session } from "./session";
import { addDemoModel } from "./walkthrough/add-demo-model";

type Handler = (session: Session, ...args: unknown[]) => unknown;

const HANDLERS: Record<CommandId, Handler> = {
  "bitwright.quantizeModel": (session, model, answers) => session.quantize(uriOf(model), answersOf(answers)),
  "bitwright.compareSchemes": (session, model, schemes) => session.compare(uriOf(model), schemesOf(schemes)),
  "bitwright.analyzeNoise": (session, model, answers) => session.analyze(uriOf(model), answers),
  "bitwright.compareEqualization": (session, model, answers) => session.compareEqualizations(uriOf(model), answers),
  "bitwright.trainModel": (session, model, answers) => session.trainings.train(session.modelOr(uriOf(model)), answers),
  "bitwright.openTraining": (session) => session.trainings.open(),
  "bitwright.openReport": (session) => session.reports.open(),
  "bitwright.openWeights": (session) => session.reports.openWeights(),
  "bitwright.revealLayer": (session, layer) => session.layers.reveal(layerOf(layer)),
  "bitwright.compareReports": (session) => session.reports.compare(),
  "bitwright.exportReport": (session) => session.reports.export(),
  "bitwright.runRecipes": (session, file, index) => session.recipes.run(uriOf(file), indexOf(index, file)),
  "bitwright.openRecipeReport": (session, file, index) => session.recipes.openReport(uriOf(file), indexOf(index, file)),
  "bitwright.createRecipe": (session) => session.recipes.create(),
  "bitwright.addMissingFile": (session, path, source) => session.recipes.addMissingFile(textOf(path), uriOf(source)),
  "bitwright.addDemoModel": (session) => addDemoModel(session.extensionUri),
  "bitwright.showLog": (session) => {
    session.log.show();
  },
  "bitwright.sortLayers": (session) => session.layers.sidePanel.arrangement.askOrder(),
  "bitwright.filterLayers": (session) => session.layers.sidePanel.askFilter(),
  "bitwright.clearLayerFilter": (session) => {
    session.layers.sidePanel.arrangement.clearFilter();
  },
  "bitwright.findInModels": (session) => session.layers.sidePanel.find(),
  "bitwright.changeLayerBits": (session, element) => session.layers.changeBits(elementOf(element)),
  "bitwright.keepLayerFloat": (session, element) => session.layers.change(elementOf(element), { keep: "float" }),
  "bitwright.quantizeLayer": (session, element) => session.layers.change(elementOf(element), { keep: "codes" }),
  "bitwright.revealInC": (session, element) => session.layers.revealInC(elementOf(element)),
  "bitwright.openRecipe": (session, file, index) => session.recipes.open(uriOf(file), indexOf(index, file)),
  "bitwright.goToLayer": (session, file, identifier) => session.layers.goTo(uriOfText(file), textOf(identifier)),
  "bitwright.openGeneratedReport": (session, file) => session.layers.openReportOf(uriOfText(file)),
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
