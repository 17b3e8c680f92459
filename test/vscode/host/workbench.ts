/** The VS Code workbench in headless Chromium, driven as a person would drive it. */
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { chromium, type Browser, type Frame, type Locator, type Page } from "playwright-core";
import { keptPanel } from "./kept-editors";
import { OUT } from "./paths";
import { EFFECT_MS, PatientPage, succeeds, WAIT_MS } from "./patient-page";
import { startServer, type Server } from "./server";

const LOGS = join(OUT, "vscode");

export interface WorkbenchOptions {
  /** Names the log and the screenshots. */
  readonly name: string;
  /** Folder that is opened. */
  readonly folder: string;
  /** A `.code-workspace` file with folders, opened in place of the folder. */
  readonly workspaceFile?: string;
  /** Extension under development; without it only installed ones run. */
  readonly extension?: string;
  readonly extensionsDirectory?: string;
  /** Module whose `run` is executed in the extension host. */
  readonly suite?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether the workbench asks before it trusts the folder. */
  readonly workspaceTrust?: boolean;
  /** Display language that extensions are told; without a language pack, VS Code's own words stay English. */
  readonly language?: string;
}

export class Workbench extends PatientPage {
  /** Exit code of the suite in the extension host. */
  readonly suiteExit: Promise<number>;
  #endSuite: (code: number) => void = () => undefined;

  private constructor(
    page: Page,
    readonly name: string,
    private readonly browser: Browser,
    private readonly server: Server,
  ) {
    super(page);
    this.suiteExit = new Promise((resolve) => {
      this.#endSuite = resolve;
    });
  }

  /** Starts a server and a browser of its own; `close` ends both. */
  static async open(options: WorkbenchOptions): Promise<Workbench> {
    const server = await startServer({
      settings: options.settings ?? {},
      workspaceTrust: options.workspaceTrust ?? false,
      environment: options.environment ?? {},
      logFile: join(LOGS, `${options.name}.log`),
      ...(options.extensionsDirectory === undefined ? {} : { extensionsDirectory: options.extensionsDirectory }),
    });
    let browser: Browser | undefined;
    try {
      browser = await launchChromium();
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: "en-US" });
      page.setDefaultTimeout(WAIT_MS);
      const workbench = new Workbench(page, options.name, browser, server);
      if (options.language !== undefined) await page.addInitScript(setLanguage, options.language);
      await workbench.#load(options);
      return workbench;
    } catch (error) {
      await browser?.close();
      await server.close();
      throw error;
    }
  }

  async #load({ folder, workspaceFile, extension, suite }: WorkbenchOptions): Promise<void> {
    const { page, server } = this;
    // The two functions through which VS Code's web workbench reports a test run.
    await page.exposeFunction("codeAutomationLog", () => undefined);
    await page.exposeFunction("codeAutomationExit", (code: number) => {
      this.#endSuite(code);
    });
    const remote = (path: string): string => `vscode-remote://localhost:${server.port}${path}`;
    const payload = [
      ["skipWelcome", "true"],
      ...(extension === undefined ? [] : [["extensionDevelopmentPath", remote(extension)]]),
      ...(suite === undefined ? [] : [["extensionTestsPath", remote(suite)]]),
    ];
    const query = new URLSearchParams({
      ...(workspaceFile === undefined ? { folder } : { workspace: workspaceFile }),
      payload: JSON.stringify(payload),
    });
    await page.goto(`http://localhost:${server.port}/?${query.toString()}`);
    await page.locator(".monaco-workbench").waitFor();
  }

  /** Another window on the same folder, with an extension host of its own. */
  async secondWindow(): Promise<Page> {
    const page = await this.browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    await page.goto(this.page.url());
    return page;
  }

  /** A page of the browser without VS Code in it. */
  blankPage(): Promise<Page> {
    return this.browser.newPage();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }

  /** Leaves a screenshot where a failed test can be looked at. */
  screenshotOfFailure(test: string): Promise<void> {
    return this.screenshot(test);
  }

  /** Leaves a screenshot in out/vscode. */
  async screenshot(subject: string): Promise<void> {
    mkdirSync(LOGS, { recursive: true });
    const file = `${this.name}-${subject.replace(/[^a-z0-9]+/giu, "-")}.png`;
    await this.page.screenshot({ path: join(LOGS, file) });
  }

  /** Waits until Bitwright's contributions are registered: its side panel stands in the activity bar. */
  async extensionReady(): Promise<void> {
    await this.activityBarItem("Bitwright").waitFor();
  }

  activityBarItem(name: string): Locator {
    return this.page.locator(".activitybar").getByRole("tab", { name });
  }

  /** Puts the cursor into the editor in front. Lines and columns count from 1. */
  async goTo(line: number, column: number): Promise<void> {
    const at = this.page.locator(".statusbar-item").filter({ hasText: `Ln ${line}, Col ${column}` });
    await this.until(at, async () => {
      await this.page.keyboard.press("Control+G");
      await this.quickInput.fill(`:${line}:${column}`, { timeout: EFFECT_MS });
      await this.quickInput.press("Enter");
      await this.quickInput.waitFor({ state: "hidden", timeout: EFFECT_MS });
    });
  }

  /** Shows a side panel. */
  async openView(name: string): Promise<void> {
    const item = this.activityBarItem(name);
    await this.expand(item, item);
  }

  /** Opens a file by clicking through the explorer. @param path from the workspace's root */
  async openFile(path: string): Promise<void> {
    const opened = this.page.locator(`.tab.active[data-resource-name="${basename(path)}"]`);
    await this.until(opened, async () => {
      await this.unfoldInExplorer(path);
      await this.explorerRow(path).dblclick({ timeout: EFFECT_MS });
    });
  }

  /** Once, and not for long: another view may come to the front at any moment, and all is done again then. */
  private async unfoldInExplorer(path: string): Promise<void> {
    const isExpanded = this.page.locator("[aria-expanded=true]");
    const parts = path.split("/");
    const rows = parts.slice(1).map((_, depth) => this.explorerRow(parts.slice(0, depth + 1).join("/")));
    for (const item of [this.activityBarItem("Explorer"), ...rows]) {
      await item.waitFor({ timeout: EFFECT_MS });
      if ((await item.and(isExpanded).count()) > 0) continue;
      await item.click({ timeout: EFFECT_MS });
      await item.and(isExpanded).waitFor({ timeout: EFFECT_MS });
    }
  }

  explorerRow(path: string): Locator {
    const parts = path.split("/");
    return this.page
      .locator(`.explorer-folders-view [role=treeitem][aria-level="${parts.length}"]`)
      .filter({ has: this.page.getByText(parts.at(-1)!, { exact: true }) });
  }

  /** Runs a command from the palette, by its full title; the palette lists what was enabled when it was opened. */
  async runCommand(title: string): Promise<void> {
    const row = this.quickPick(title).first();
    await this.poll(`the command ${title}`, async () => {
      await this.findCommand(title);
      if (await succeeds(row.click({ timeout: EFFECT_MS }))) return true;
      await this.page.keyboard.press("Escape");
      return undefined;
    });
    await row.waitFor({ state: "hidden" });
  }

  /** Opens the palette and types the title. */
  async findCommand(title: string): Promise<void> {
    await this.until(this.quickInput, () => this.page.keyboard.press("Control+Shift+P"));
    await this.quickInput.fill(`>${title}`);
  }

  /** Text field of the palette, quick picks and simple file dialogs. */
  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget input[type=text]");
  }

  /** Rows of the open quick pick. */
  quickPick(label: string): Locator {
    const name = this.page.locator(".label-name").getByText(label, { exact: true });
    return this.page.locator(".quick-input-widget [role=option]").filter({ has: name });
  }

  /** Clicks a row of the quick pick, which then closes or asks for something else. */
  async choose(label: string): Promise<void> {
    const row = this.quickPick(label).first();
    await row.click();
    // A list that is filled at this very moment takes no click.
    await this.poll(`the answer ${label} to be taken`, async () => {
      if (await succeeds(row.waitFor({ state: "hidden", timeout: EFFECT_MS }))) return true;
      await succeeds(row.click({ timeout: EFFECT_MS }));
      return undefined;
    });
  }

  /** Rows of the view that is open in the side bar. */
  treeItems(view: string): Locator {
    return this.page.locator(".sidebar").getByRole("tree", { name: view }).getByRole("treeitem");
  }

  /** Layers in the side panel, below a model without recipes. */
  layerItems(): Locator {
    return this.treeItems("Models").and(this.page.locator('[aria-level="2"]'));
  }

  /** Waits for a notification; toasts are off under test, so they are looked up in the notification centre. */
  async notified(text: string | RegExp): Promise<void> {
    const row = this.page.locator(".notifications-center .notification-list-item").filter({ hasText: text });
    await this.until(row, () => this.runCommand("Notifications: Show Notifications"));
    await this.runCommand("Notifications: Clear All Notifications");
  }

  /** Accepts the name that the file dialog with this title proposes; the dialog stands in the quick input. */
  async acceptFileDialog(title: string): Promise<void> {
    const dialog = this.page
      .locator(".quick-input-widget")
      .filter({ has: this.page.getByText(title, { exact: true }) });
    await dialog.waitFor();
    await this.poll("the proposed file name", async () =>
      /\.\w+$/u.test(await this.quickInput.inputValue()) ? true : undefined,
    );
    const ok = dialog.getByRole("button", { name: "OK" });
    await this.poll(`the end of the dialog ${title}`, async () => {
      await succeeds(ok.click({ timeout: EFFECT_MS }));
      return (await succeeds(dialog.waitFor({ state: "hidden", timeout: EFFECT_MS }))) || undefined;
    });
  }

  /** Chooses a file in the file dialog with this title. @param path absolute */
  async chooseInFileDialog(title: string, path: string): Promise<void> {
    const dialog = this.page
      .locator(".quick-input-widget")
      .filter({ has: this.page.getByText(title, { exact: true }) });
    await dialog.waitFor();
    // The dialog puts its own folder into the field, and lists what is there; earlier input would be lost.
    await this.poll("the listed folder", async () =>
      (await this.quickInput.inputValue()).endsWith("/") && (await dialog.getByRole("option").count()) > 0
        ? true
        : undefined,
    );
    await this.quickInput.fill(path);
    await dialog
      .getByRole("option")
      .filter({ hasText: basename(path) })
      .waitFor();
    await this.screenshot("file-dialog");
    await this.page.keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
  }

  async setTheme(label: string): Promise<void> {
    await this.runCommand("Preferences: Color Theme");
    await this.quickInput.fill(label);
    await this.choose(label);
    await this.quickInput.waitFor({ state: "hidden" });
  }

  /** The document inside a webview's two nested iframes, found by its title. */
  async webview(title: string | RegExp): Promise<Frame> {
    const matches = (text: string): boolean => (typeof title === "string" ? text === title : title.test(text));
    return this.poll(`a webview titled ${String(title)}`, async () => {
      for (const frame of this.page.frames()) {
        const inside = frame.parentFrame() !== null && frame.parentFrame() !== this.page.mainFrame();
        if (inside && !frame.isDetached() && matches(await frame.title().catch(() => ""))) return frame;
      }
      return undefined;
    });
  }

  /** A tab of the editors, clicked until it is in front. */
  async openTab(name: string | RegExp): Promise<void> {
    const tab = this.page.locator(".tabs-container").getByRole("tab", { name });
    await this.click(tab, tab.and(this.page.locator("[aria-selected=true]")));
  }

  /**
   * Waits until VS Code has kept how a panel stands, which it does every few seconds, and only where it is idle.
   * @param state what its page saves of itself, as JSON
   */
  async stateKept(viewType: string, state: RegExp): Promise<void> {
    let kept: string | undefined;
    const what = (): string => `${String(state)} of ${viewType} to be kept; it is ${kept ?? "not"}`;
    await this.poll(what, async () => {
      // Nothing is kept of a window that does not have the focus, which a page in it may take along.
      await this.activityBarItem("Explorer").focus();
      kept = await keptPanel(this.page, viewType);
      return state.test(kept ?? "") ? true : undefined;
    });
  }
}

/** Runs in the page before VS Code does, which takes its language from this variable; a language pack sets the same. */
function setLanguage(language: string): void {
  Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: language });
}

function launchChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"];
  if (executablePath === undefined) throw new Error("CHROMIUM is not set; start with npm run test:vscode.");
  return chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--font-render-hinting=none"],
    ],
  });
}
