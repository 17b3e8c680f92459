/** The questions before a quantization: scheme, bits, granularity, output folder, and on request the rest. */
import * as vscode from "vscode";
import { SCHEMES, findScheme } from "../../engine/schemes/registry";
import type { Granularity, Scheme } from "../../engine/schemes/scheme";
import type { Answers } from "./answers";
import { granularityDetail, granularityLabel, inUsualOrder } from "./granularity-text";
import { askForMore, optionsText, type MoreOptions } from "./more-options";
import { chooseDirectory, MORE_OPTIONS } from "./output-directory";
import { askInSteps, BACK, choose, type Choice, type Separator, type Step } from "./steps";

/** Widths that have a C type of their own come first. */
const COMMON_BITS = [8, 16];

/** Undefined where the user left. */
export async function askForAnswers(
  title: string,
  folder: vscode.WorkspaceFolder,
  rememberedDirectory: string | undefined,
): Promise<Answers | undefined> {
  const askScheme: Step<Answers> = {
    ask: async (_known, position) => {
      const choices = SCHEMES.map((scheme) => ({
        label: scheme.id,
        detail: vscode.l10n.t(scheme.description),
        value: scheme.id,
      }));
      const placeholder = vscode.l10n.t("How weights become integers");
      const scheme = await choose({ title, placeholder, choices, position });
      return typeof scheme === "string" ? { scheme, more: {}, transforms: {} } : scheme;
    },
  };
  const askBits: Step<Answers> = {
    ask: async (known, position) => {
      const choices = bitChoices(schemeOf(known));
      const bits = await choose({ title, placeholder: vscode.l10n.t("Bits per weight"), choices, position });
      return typeof bits === "number" ? { bits } : bits;
    },
  };
  const askGranularity: Step<Answers> = {
    onlyAnswer: (known) => {
      const [granularity, ...others] = schemeOf(known).granularities;
      return others.length === 0 ? { granularity } : undefined;
    },
    ask: async (known, position) => {
      const choices = granularityChoices(schemeOf(known));
      const placeholder = vscode.l10n.t("Which weights share a scale");
      const granularity = await choose({ title, placeholder, choices, position });
      return typeof granularity === "string" ? { granularity } : granularity;
    },
  };
  const askDirectory: Step<Answers> = {
    ask: async (known, position) => {
      let options: MoreOptions = { weights: known.more ?? {}, transforms: known.transforms ?? {} };
      for (;;) {
        const directory = await chooseDirectory(title, folder, rememberedDirectory, position, optionsText(options));
        if (directory === undefined || directory === BACK) return directory;
        if (directory !== MORE_OPTIONS) return { directory, more: options.weights, transforms: options.transforms };
        options = await askForMore(title, schemeOf(known), options, position);
      }
    },
  };
  const known = await askInSteps<Answers>([askScheme, askBits, askGranularity, askDirectory]);
  if (known === undefined) return undefined;
  const { scheme, bits, granularity, directory, more = {}, transforms = {} } = known;
  if (scheme === undefined || bits === undefined || granularity === undefined || directory === undefined)
    return undefined;
  return { scheme, bits, granularity, directory, more, transforms };
}

function schemeOf(known: Partial<Answers>): Scheme {
  return (known.scheme === undefined ? undefined : findScheme(known.scheme)) ?? SCHEMES[0];
}

function bitChoices(scheme: Scheme): (Choice<number> | Separator)[] {
  const widths = Array.from({ length: scheme.maxBits - scheme.minBits + 1 }, (_, index) => scheme.minBits + index);
  const choice = (bits: number): Choice<number> => ({
    label: bits === 1 ? vscode.l10n.t("1 bit") : vscode.l10n.t("{0} bits", bits),
    value: bits,
  });
  const common = COMMON_BITS.filter((bits) => widths.includes(bits));
  const others = widths.filter((bits) => !COMMON_BITS.includes(bits));
  const separator: Separator = { label: vscode.l10n.t("other widths"), kind: vscode.QuickPickItemKind.Separator };
  return [...common.map(choice), ...(others.length > 0 ? [separator] : []), ...others.map(choice)];
}

function granularityChoices(scheme: Scheme): Choice<Granularity>[] {
  return inUsualOrder(scheme.granularities).map((granularity) => ({
    label: granularityLabel(granularity),
    detail: granularityDetail(granularity),
    value: granularity,
  }));
}
