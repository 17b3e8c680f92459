/** A page whose parts are drawn anew, scroll and take the focus at any moment: what is lost then is done again. */
import { existsSync, readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";

export const WAIT_MS = 60_000;
/** What was done and has no effect by then was lost, and is done again. */
export const EFFECT_MS = 4000;
/** A menu takes no click in its first moments, lest the one that opened it counts twice. */
const MENU_MS = 400;
const POLL_MS = 100;

export class PatientPage {
  constructor(readonly page: Page) {}

  /** Clicks until that had its effect. */
  click(target: Locator, effect: Locator): Promise<void> {
    return this.until(effect, () => target.click({ timeout: EFFECT_MS }));
  }

  /** Presses a key in an element of a page, which the workbench may take the focus from at any moment. */
  async pressIn(element: Locator, key: string, effect: Locator): Promise<void> {
    await this.until(effect, async () => {
      await element.focus({ timeout: EFFECT_MS });
      await this.page.keyboard.press(key);
    });
  }

  /**
   * Acts until that had its effect: the workbench draws anew, scrolls and moves the focus at any moment, and a click or a
   * key is lost then.
   * @param effect what is there afterwards, and was not before
   * @param act does no harm where it is done twice
   */
  async until(effect: Locator, act: () => Promise<unknown>): Promise<void> {
    await this.poll(String(effect), async () => {
      await succeeds(act());
      return (await succeeds(effect.first().waitFor({ timeout: EFFECT_MS }))) || undefined;
    });
  }

  /** Unfolds what is folded. @param toggle what does so when it is clicked */
  async expand(item: Locator, toggle: Locator): Promise<void> {
    await item.waitFor();
    const expanded = item.and(this.page.locator("[aria-expanded=true]"));
    if ((await expanded.count()) === 0) await this.click(toggle, expanded);
  }

  /**
   * Clicks an entry of a menu.
   * @param open opens the menu; done again where it closed, because what it belongs to was drawn anew
   * @param opened is done with the menu open
   */
  async chooseInMenu(entry: Locator, open: () => Promise<unknown>, opened?: () => Promise<void>): Promise<void> {
    await this.poll(`the menu's entry ${String(entry)}`, async () => {
      if (!(await entry.isVisible())) {
        await this.page.keyboard.press("Escape");
        await succeeds(open());
        if (!(await succeeds(entry.waitFor({ timeout: EFFECT_MS })))) return undefined;
      }
      await this.page.waitForTimeout(MENU_MS);
      await opened?.();
      if (!(await succeeds(entry.click({ timeout: EFFECT_MS })))) return undefined;
      return (await succeeds(entry.waitFor({ state: "hidden", timeout: EFFECT_MS }))) || undefined;
    });
  }

  /** A file that the page writes, once it is there and has not grown for a moment. */
  async fileWritten(path: string): Promise<Buffer> {
    let before = 0;
    return this.poll(`the file ${path}`, () => {
      const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
      const isWhole = bytes.length > 0 && bytes.length === before;
      before = bytes.length;
      return Promise.resolve(isWhole ? bytes : undefined);
    });
  }

  /** Asks until there is an answer. @throws Error naming what was waited for */
  async poll<Answer>(what: string | (() => string), ask: () => Promise<Answer | undefined>): Promise<Answer> {
    const end = performance.now() + WAIT_MS;
    do {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await this.page.waitForTimeout(POLL_MS);
    } while (performance.now() < end);
    throw new Error(`Waited ${WAIT_MS / 1000} s in vain for ${typeof what === "string" ? what : what()}.`);
  }
}

/** Whether an attempt comes to a good end. */
export async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
