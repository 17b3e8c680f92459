import * as l10n from "@vscode/l10n";
import type { Report, ValueInfo } from "../../src/protocol/report";
import type { Fact } from "./facts";
import { countText, nameText, shapeText } from "./format";

/** `name float 1×28×28`, one value a line. */
export function valuesText(values: readonly ValueInfo[]): string {
  if (values.length === 0) return l10n.t("none");
  return values
    .map(
      ({ name, type, shape }) =>
        `${nameText(name)} ${type} ${shape === null ? l10n.t("of any shape") : shapeText(shape)}`,
    )
    .join("\n");
}

export function opsetText(model: Report["model"]): string {
  return model.opsets
    .map(({ domain, version }) => (domain === "" ? `${version}` : `${nameText(domain)} ${version}`))
    .join(", ");
}

export function parameterFact(model: Report["model"]): Fact {
  return {
    label: l10n.t("Parameters"),
    value: countText(model.parameters),
    note: l10n.t("in {0} nodes", countText(model.nodes)),
  };
}
