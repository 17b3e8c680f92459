/** What hurts the selected layer, and what would help: found by trying it. */
import * as l10n from "@vscode/l10n";
import type { Alternative, Diagnosis, MixtureComponent } from "../../src/protocol/diagnosis";
import type { DiagnosisState } from "../../src/protocol/webview";
import { element } from "../shared/dom";
import { factList } from "../shared/facts";
import { bytesText, decibelText, figureText, gainText, percentText } from "../shared/format";
import { SortableTable, type Column } from "../shared/sortable-table";
import { button } from "../shared/toolkit";

export interface DiagnosisActions {
  /** Quantizes again with an alternative for a layer. */
  useAlternative(layer: number, alternative: number): void;
  /** Quantizes again with a layer left in float. */
  keepFloat(layer: number): void;
  /** Quantizes again with a layer that was kept in float as the others are. */
  quantizeLayer(layer: number): void;
}

const UNTRUSTED = l10n.t("Quantizing writes files and needs a trusted workspace.");

interface Row {
  readonly index: number;
  readonly alternative: Alternative;
}

export class DiagnosisView {
  private readonly status = element("p", { class: "quiet", attributes: { role: "status" } });
  private readonly body = element("div", { class: "diagnosis-body" });
  readonly element = element(
    "section",
    { class: "diagnosis", attributes: { "aria-label": l10n.t("Diagnosis") } },
    element("h2", { text: l10n.t("What would help") }),
    this.status,
    this.body,
  );
  private layer = -1;
  private canQuantize = false;

  constructor(private readonly actions: DiagnosisActions) {}

  /** Starts anew for another layer. @param quantized the layer has codes to diagnose */
  begin(layer: number, quantized: boolean, canQuantize: boolean): void {
    this.layer = layer;
    this.canQuantize = canQuantize;
    this.status.textContent = quantized ? "" : l10n.t("This layer is kept in float.");
    if (quantized) {
      this.body.replaceChildren();
      return;
    }
    const quantize = this.button(l10n.t("Quantize This Layer"), () => {
      this.actions.quantizeLayer(layer);
    });
    this.body.replaceChildren(quantize);
  }

  show(state: DiagnosisState): void {
    switch (state.kind) {
      case "running":
        this.status.textContent =
          state.step === "" ? l10n.t("Looking at the weights…") : `${state.step} · ${percentText(state.share)}`;
        return;
      case "unavailable":
        this.status.textContent = l10n.t("No diagnosis: {0}", state.reason);
        return;
      case "done":
        this.status.textContent = state.diagnosis.sentence;
        this.fill(state.diagnosis);
        return;
    }
  }

  private fill(diagnosis: Diagnosis): void {
    const { codesUsed, mixture, alternatives } = diagnosis;
    const alternativeTable = new SortableTable<Row>({
      caption: l10n.t("Alternatives, weights only"),
      columns: [...COLUMNS, this.useColumn()],
      rows: alternatives.map((alternative, index) => ({ index, alternative })),
      nameColumn: "name",
    });
    const keep = this.button(l10n.t("Keep This Layer in Float"), () => {
      this.actions.keepFloat(this.layer);
    });
    this.body.replaceChildren(
      factList([{ label: l10n.t("Codes used"), value: percentText(codesUsed), definition: "codesUsed" }], "figures"),
      alternativeTable.element,
      ...(mixture === null ? [] : [mixtureTable(mixture)]),
      keep,
    );
  }

  /** One that runs a quantization stands in a row of its own. */
  private button(text: string, press: () => void): HTMLElement {
    const writing = this.canQuantize ? {} : { disabledBecause: UNTRUSTED };
    return element("div", { class: "actions" }, button({ text, ...writing }, press));
  }

  private useColumn(): Column<Row> {
    return {
      id: "use",
      label: l10n.t("Use"),
      title: l10n.t("Quantizes again with this for the layer"),
      text: () => "",
      sortKey: ({ index }) => index,
      decorate: (cell, { index, alternative }) => {
        const use = element("button", {
          class: "link",
          text: l10n.t("Use for this layer"),
          attributes: { type: "button", "aria-label": l10n.t("Use for this layer: {0}", alternative.label) },
        });
        use.disabled = !this.canQuantize;
        if (use.disabled) use.title = UNTRUSTED;
        use.addEventListener("click", () => {
          this.actions.useAlternative(this.layer, index);
        });
        cell.append(use);
      },
    };
  }
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: "name",
    label: l10n.t("Alternative"),
    text: ({ alternative }) => alternative.label,
    sortKey: ({ alternative }) => alternative.label,
  },
  {
    id: "gain",
    label: l10n.t("Gain"),
    numeric: true,
    definition: "gain",
    text: ({ alternative }) => gainText(alternative.gainDb),
    sortKey: ({ alternative }) => alternative.gainDb,
  },
  {
    id: "sqnr",
    label: l10n.t("SQNR"),
    numeric: true,
    definition: "sqnr",
    text: ({ alternative }) => decibelText(alternative.sqnrDb),
    sortKey: ({ alternative }) => alternative.sqnrDb ?? Infinity,
  },
  {
    id: "bytes",
    label: l10n.t("Flash"),
    numeric: true,
    definition: "flash",
    text: ({ alternative }) => bytesText(alternative.bytes),
    sortKey: ({ alternative }) => alternative.bytes,
  },
];

const MIXTURE_COLUMNS: readonly Column<MixtureComponent>[] = [
  {
    id: "mean",
    label: "μ",
    title: l10n.t("Mean"),
    numeric: true,
    text: ({ mean }) => figureText(mean),
    sortKey: ({ mean }) => mean,
  },
  {
    id: "deviation",
    label: "σ",
    title: l10n.t("Standard deviation"),
    numeric: true,
    text: ({ deviation }) => figureText(deviation),
    sortKey: ({ deviation }) => deviation,
  },
  {
    id: "share",
    label: "α",
    title: l10n.t("Share of the weights"),
    numeric: true,
    text: ({ share }) => percentText(share),
    sortKey: ({ share }) => share,
  },
];

/** The Gaussians whose means are the palette. */
function mixtureTable(mixture: readonly MixtureComponent[]): HTMLElement {
  const { element: box } = new SortableTable({
    caption: l10n.t("Gaussian mixture behind the palette"),
    columns: MIXTURE_COLUMNS,
    rows: mixture,
    nameColumn: "mean",
  });
  return box;
}
