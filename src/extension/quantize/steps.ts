/** Questions in a row, each a QuickPick, with a way back. */
import * as vscode from "vscode";

export interface Position {
  readonly step: number;
  readonly totalSteps: number;
}

/** Left with the Back button. */
export const BACK = Symbol("back");

export interface Step<T> {
  /** What is known after the question; undefined where the user left. */
  ask(known: Partial<T>, position: Position): Promise<Partial<T> | typeof BACK | undefined>;
  /** Where there is nothing to choose from: the answer, and the question is not asked. */
  onlyAnswer?(known: Partial<T>): Partial<T> | undefined;
}

/** Asks every question in order and returns what is known in the end; undefined where the user left. */
export async function askInSteps<T>(steps: readonly Step<T>[]): Promise<Partial<T> | undefined> {
  const answered: { readonly known: Partial<T>; readonly wasAsked: boolean }[] = [];
  while (answered.length < steps.length) {
    const known = answered.at(-1)?.known ?? {};
    const at = answered.length;
    const only = steps[at].onlyAnswer?.(known);
    const answer = only ?? (await steps[at].ask(known, { step: at + 1, totalSteps: steps.length }));
    if (answer === undefined) return undefined;
    if (answer === BACK) while (answered.pop()?.wasAsked === false);
    else answered.push({ known: { ...known, ...answer }, wasAsked: only === undefined });
  }
  return answered.at(-1)?.known;
}

export interface Choice<V> extends vscode.QuickPickItem {
  readonly value: V;
}

/** A line between choices. */
export type Separator = vscode.QuickPickItem & { readonly kind: vscode.QuickPickItemKind.Separator };

export interface Question<V> {
  readonly title: string;
  readonly placeholder: string;
  readonly choices: readonly (Choice<V> | Separator)[];
  readonly position: Position;
}

/** The chosen value, BACK, or undefined where the user left. */
export function choose<V>(question: Question<V>): Promise<V | typeof BACK | undefined> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<Choice<V> | Separator>();
    pick.title = question.title;
    pick.placeholder = question.placeholder;
    pick.items = question.choices;
    pick.step = question.position.step;
    pick.totalSteps = question.position.totalSteps;
    pick.matchOnDescription = true;
    if (question.position.step > 1) pick.buttons = [vscode.QuickInputButtons.Back];
    pick.onDidTriggerButton(() => {
      resolve(BACK);
      pick.hide();
    });
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems.at(0);
      if (chosen === undefined || !("value" in chosen)) return;
      resolve(chosen.value);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
