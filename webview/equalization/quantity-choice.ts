/** Radio buttons: which SQNR the chart and the table of layers show. */
import * as l10n from "@vscode/l10n";
import { QUANTITIES, type Quantity } from "../../src/protocol/equalization-comparison";
import { element } from "../shared/dom";
import { quantityText } from "./sentences";

export function quantityChoice(chosen: Quantity, onChange: (quantity: Quantity) => void): HTMLElement {
  const options = QUANTITIES.map((quantity) => {
    const input = element("input", {
      attributes: { type: "radio", name: "quantity", value: quantity, id: `quantity-${quantity}` },
    });
    input.checked = quantity === chosen;
    input.addEventListener("change", () => {
      onChange(quantity);
    });
    const label = element("label", { text: quantityText(quantity), attributes: { for: input.id } });
    return element("span", {}, input, label);
  });
  return element("fieldset", { class: "quantities" }, element("legend", { text: l10n.t("Show") }), ...options);
}
