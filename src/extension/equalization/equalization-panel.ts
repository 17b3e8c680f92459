/** The panel that shows equalizations of one model side by side; what is selected is its page's own to keep. */
import * as vscode from "vscode";
import type { EqualizationComparison } from "../../protocol/equalization-comparison";
import type { FromEqualizationPage, ToEqualizationPage } from "../../protocol/equalization-page";
import type { ExportFormat } from "../../protocol/webview";
import { ComparedPanel, type ComparedPanelServices, type ComparedView } from "../compared-panel";
import { EQUALIZATION_PANEL } from "../identifiers";
import { equalizationPageMessages } from "../page-messages";

export type EqualizationView = ComparedView<EqualizationComparison>;

export interface EqualizationPanelServices extends ComparedPanelServices {
  /** Quantizes as the comparison's recipe says, with the settings of one outcome. */
  quantize(view: EqualizationView, settings: object): void;
  save(view: EqualizationView, format: ExportFormat, bytes: Uint8Array): void;
}

export class EqualizationPanel extends ComparedPanel<
  FromEqualizationPage,
  ToEqualizationPage,
  EqualizationComparison,
  EqualizationView
> {
  constructor(private readonly services: EqualizationPanelServices) {
    const loadSchema = async () => (await import("./stored-equalization")).storedEqualizationSchema;
    super(
      { viewType: EQUALIZATION_PANEL, page: "equalization-page", loadSchema: equalizationPageMessages },
      { file: "last-equalization.json", loadSchema },
      services,
    );
  }

  protected override get title(): string {
    return vscode.l10n.t("Equalization Comparison");
  }

  protected override restored(uri: vscode.Uri, comparison: EqualizationComparison): Promise<EqualizationView> {
    return Promise.resolve({ uri, comparison });
  }

  protected override shown({ comparison }: EqualizationView): ToEqualizationPage {
    return { kind: "comparison", comparison, canWrite: vscode.workspace.isTrusted };
  }

  protected override act(view: EqualizationView, message: FromEqualizationPage): void {
    switch (message.kind) {
      case "quantize": {
        const variant = view.comparison.variants.at(message.variant);
        const outcome = variant?.outcomes.at(message.outcome);
        if (variant === undefined || outcome === undefined) return;
        this.services.quantize(view, { ...variant.settings, biasCorrection: outcome.biasCorrection });
        return;
      }
      case "export-csv":
        this.services.save(view, "csv", new TextEncoder().encode(message.text));
        return;
      case "export-png":
        this.services.save(view, "png", Buffer.from(message.base64, "base64"));
        return;
      case "ready":
      case "compare":
        return;
    }
  }
}
