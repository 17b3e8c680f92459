/** What package.json promises VS Code and what the code registers are the same. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMANDS, LAYERS_VIEW, LOW_SQNR_DB, MODEL_EDITOR, REPORT_PANEL } from "../../../src/extension/identifiers";
import { repositoryPath } from "../../shared";

interface Contribution {
  readonly command: string;
  readonly category?: string;
  readonly icon?: string;
  readonly enablement?: string;
  readonly when?: string;
}

interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly customEditors: readonly { readonly viewType: string }[];
    readonly views: Record<string, readonly { readonly id: string; readonly icon: string }[]>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
    readonly commands: readonly Contribution[];
    readonly menus: Record<string, readonly Contribution[]>;
    readonly configuration: { readonly properties: Record<string, unknown> };
  };
}

const text = readFileSync(repositoryPath("package.json"), "utf8");
const manifest = JSON.parse(text) as Manifest;
const strings = JSON.parse(readFileSync(repositoryPath("package.nls.json"), "utf8")) as Record<string, string>;
const { contributes } = manifest;

test("every command is contributed once, with category and icon", () => {
  expect(contributes.commands.map(({ command }) => command).sort()).toEqual([...COMMANDS].sort());
  for (const { category, icon } of contributes.commands) {
    expect(category).toBe("Bitwright");
    expect(icon).toMatch(/^\$\([a-z-]+\)$/);
  }
});

test("menus name commands that exist, and say when", () => {
  const items = Object.values(contributes.menus).flat();
  expect(items.length).toBeGreaterThan(0);
  for (const { command, when } of items) {
    expect(COMMANDS).toContain(command);
    expect(when).toBeTruthy();
  }
});

test("quantizing and analyzing are off in untrusted workspaces, wherever they are offered", () => {
  for (const id of ["bitwright.quantizeModel", "bitwright.analyzeNoise"]) {
    const contribution = contributes.commands.find(({ command }) => command === id);
    expect(contribution?.enablement).toBe("isWorkspaceTrusted");
  }
});

test("editors, views and the restored panel bear the names that the code uses", () => {
  expect(contributes.customEditors.map(({ viewType }) => viewType)).toEqual([MODEL_EDITOR]);
  expect(
    Object.values(contributes.views)
      .flat()
      .map(({ id }) => id),
  ).toEqual([LAYERS_VIEW]);
  expect(Object.keys(contributes.views)).toEqual(contributes.viewsContainers.activitybar.map(({ id }) => id));
  expect(manifest.activationEvents).toEqual([`onWebviewPanel:${REPORT_PANEL}`, "workspaceContains:**/bitwright.json"]);
  expect(contributes.configuration.properties).toHaveProperty([`bitwright.${LOW_SQNR_DB}`]);
});

test("every placeholder has its text and every text its placeholder", () => {
  const used = [...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]);
  expect([...new Set(used)].sort()).toEqual(Object.keys(strings).sort());
});

test("icons are there, and the extension's is small", () => {
  const views = Object.values(contributes.views).flat();
  for (const { icon } of [...contributes.viewsContainers.activitybar, ...views]) {
    expect(readFileSync(repositoryPath(icon), "utf8")).toContain("<svg");
  }
  expect(readFileSync(repositoryPath(manifest.icon)).length).toBeLessThanOrEqual(10 * 1024);
});
