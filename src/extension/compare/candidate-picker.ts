/** Which candidates to compare: every scheme at every width and granularity that it takes, several at once. */
import * as vscode from "vscode";
import { DEFAULT_CANDIDATES } from "../../engine/compare/candidates";
import { usualGranularity } from "../../engine/schemes/registry";
import { SCHEMES } from "../../engine/schemes/registry";
import type { Scheme } from "../../engine/schemes/scheme";
import { granularityLabel, inUsualOrder } from "../quantize/granularity-text";
import type { Separator } from "../quantize/steps";

interface CandidateItem extends vscode.QuickPickItem {
  /** As the command line takes it. */
  readonly candidate: string;
  readonly picked: boolean;
}

/**
 * @param remembered the candidates of the last comparison
 * @returns candidates as the command line takes them; undefined where the user left or chose none
 */
export async function pickCandidates(title: string, remembered: string | undefined): Promise<string | undefined> {
  const picked = new Set((remembered ?? DEFAULT_CANDIDATES).split(","));
  const groups = SCHEMES.map((scheme) => ({ scheme, items: schemeItems(scheme, picked) }));
  const items = [
    separator(remembered === undefined ? vscode.l10n.t("suggested") : vscode.l10n.t("compared last")),
    ...groups.flatMap((group) => group.items.filter((item) => item.picked)),
    ...groups.flatMap((group) => [separator(group.scheme.id), ...group.items.filter((item) => !item.picked)]),
  ];
  const chosen = await vscode.window.showQuickPick<CandidateItem | Separator>(items, {
    title,
    placeHolder: vscode.l10n.t("Candidates: each is tried on every layer. Type to search, for example “symmetric 4”"),
    canPickMany: true,
    matchOnDescription: true,
  });
  const candidates = chosen?.flatMap((item) => ("candidate" in item ? [item.candidate] : [])) ?? [];
  return candidates.length === 0 ? undefined : candidates.join(",");
}

function schemeItems(scheme: Scheme, picked: ReadonlySet<string>): CandidateItem[] {
  const usual = usualGranularity(scheme);
  const widths = Array.from({ length: scheme.maxBits - scheme.minBits + 1 }, (_, index) => scheme.minBits + index);
  return inUsualOrder(scheme.granularities).flatMap((granularity) =>
    widths.map((bits) => {
      const candidate = `${scheme.id}:${bits}${granularity === usual ? "" : `:${granularity}`}`;
      const label = vscode.l10n.t("{0} {1} bits", scheme.id, bits);
      return { label, description: granularityLabel(granularity), picked: picked.has(candidate), candidate };
    }),
  );
}

function separator(label: string): Separator {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
