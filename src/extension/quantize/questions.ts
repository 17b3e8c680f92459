/** The questions before a quantization: scheme, bits, granularity, output folder. */
import * as vscode from "vscode";
import { SCHEMES, findScheme } from "../../engine/schemes/registry";
import type { Granularity, Scheme } from "../../engine/schemes/scheme";
import type { Answers } from "./answers";
import { directoryChoices, pickDirectory } from "./output-directory";
import { BACK, askInSteps, choose, type Choice, type Position, type Separator, type Step } from "./steps";

/** Widths that have a C type of their own come first. */
const COMMON_BITS = [8, 16];

/** Undefined where the user left. */
export async function askForAnswers(
  title: string,
  folder: vscode.WorkspaceFolder,
  rememberedDirectory: string | undefined,
): Promise<Answers | undefined> {
  const askScheme: Step<Answers> = async (_known, position) => {
    const choices = SCHEMES.map((scheme) => ({ label: scheme.id, detail: scheme.description, value: scheme.id }));
    const scheme = await choose({
      title,
      placeholder: vscode.l10n.t("How weights become integers"),
      choices,
      position,
    });
    return typeof scheme === "string" ? { scheme } : scheme;
  };
  const askBits: Step<Answers> = async (known, position) => {
    const choices = bitChoices(schemeOf(known));
    const bits = await choose({ title, placeholder: vscode.l10n.t("Bits per weight"), choices, position });
    return typeof bits === "number" ? { bits } : bits;
  };
  const askGranularity: Step<Answers> = async (known, position) => {
    const choices = granularityChoices(schemeOf(known));
    const placeholder = vscode.l10n.t("Which weights share a scale");
    const granularity = await choose({ title, placeholder, choices, position });
    return typeof granularity === "string" ? { granularity } : granularity;
  };
  const askDirectory: Step<Answers> = async (_known, position) => {
    const directory = await chooseDirectory(title, folder, rememberedDirectory, position);
    return typeof directory === "string" ? { directory } : directory;
  };
  const known = await askInSteps<Answers>([askScheme, askBits, askGranularity, askDirectory]);
  if (known === undefined) return undefined;
  const { scheme, bits, granularity, directory } = known;
  if (scheme === undefined || bits === undefined || granularity === undefined || directory === undefined)
    return undefined;
  return { scheme, bits, granularity, directory };
}

function schemeOf(known: Partial<Answers>): Scheme {
  return (known.scheme === undefined ? undefined : findScheme(known.scheme)) ?? SCHEMES[0];
}

function bitChoices(scheme: Scheme): (Choice<number> | Separator)[] {
  const widths = Array.from({ length: scheme.maxBits - scheme.minBits + 1 }, (_, index) => scheme.minBits + index);
  const choice = (bits: number): Choice<number> => ({ label: vscode.l10n.t("{0} bits", bits), value: bits });
  const common = COMMON_BITS.filter((bits) => widths.includes(bits));
  const others = widths.filter((bits) => !COMMON_BITS.includes(bits));
  const separator: Separator = { label: vscode.l10n.t("other widths"), kind: vscode.QuickPickItemKind.Separator };
  return [...common.map(choice), ...(others.length > 0 ? [separator] : []), ...others.map(choice)];
}

/** Finest first where the scheme offers it: a scale for every channel loses least. */
const GRANULARITY_ORDER: readonly Granularity[] = ["channel", "tensor", "block"];

function granularityChoices(scheme: Scheme): Choice<Granularity>[] {
  const text: Record<Granularity, { label: string; detail: string }> = {
    channel: {
      label: vscode.l10n.t("Per channel"),
      detail: vscode.l10n.t("One scale for every output channel: less noise, four to eight bytes more a channel"),
    },
    tensor: {
      label: vscode.l10n.t("Per tensor"),
      detail: vscode.l10n.t("One scale for the whole layer: smallest, but one wide channel costs all others"),
    },
    block: {
      label: vscode.l10n.t("Per block"),
      detail: vscode.l10n.t("One scale for every block of weights along the input axis"),
    },
  };
  return GRANULARITY_ORDER.filter((granularity) => scheme.granularities.includes(granularity)).map((granularity) => ({
    ...text[granularity],
    value: granularity,
  }));
}

async function chooseDirectory(
  title: string,
  folder: vscode.WorkspaceFolder,
  remembered: string | undefined,
  position: Position,
): Promise<string | typeof BACK | undefined> {
  for (;;) {
    const choices = directoryChoices(remembered);
    const placeholder = vscode.l10n.t("Output folder, inside {0}", folder.name);
    const chosen = await choose({ title, placeholder, choices, position });
    if (chosen === undefined || chosen === BACK || typeof chosen === "string") return chosen;
    const picked = await pickDirectory(folder);
    if (picked !== undefined) return picked;
  }
}
