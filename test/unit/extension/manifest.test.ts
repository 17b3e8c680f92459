/** What package.json promises VS Code and what the code registers are the same. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  COMMANDS,
  COMPARISON_PANEL,
  EQUALIZATION_PANEL,
  HAS_RECIPES,
  HAS_TRAINING,
  HAS_REPORT,
  IN_GENERATED_FILE,
  LAYERS_FILTERED,
  LOW_SQNR_DB,
  MODELS_VIEW,
  MODEL_EDITOR,
  REPORT_COMPARISON_PANEL,
  REPORT_PANEL,
  TRAINING_PANEL,
  WITHOUT_RUNTIME,
} from "../../../src/extension/identifiers";
import { LAYER_KINDS } from "../../../src/extension/side-panel/layer-kind";
import { repositoryPath } from "../../shared";

interface Contribution {
  readonly command: string;
  readonly category?: string;
  readonly icon?: string;
  readonly enablement?: string;
  readonly when?: string;
  readonly group?: string;
}

interface Setting {
  readonly scope?: string;
  readonly order?: number;
  readonly markdownDescription?: string;
}

interface Manifest {
  readonly icon: string;
  readonly categories: readonly string[];
  readonly keywords: readonly string[];
  readonly galleryBanner: { readonly color: string; readonly theme: string };
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Record<string, string>;
  readonly extensionKind: readonly string[];
  readonly capabilities: Record<
    "untrustedWorkspaces" | "virtualWorkspaces",
    { readonly supported: string; readonly description: string; readonly restrictedConfigurations?: readonly string[] }
  >;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly customEditors: readonly { readonly viewType: string }[];
    readonly views: Record<string, readonly { readonly id: string; readonly icon: string }[]>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
    readonly commands: readonly Contribution[];
    readonly menus: Record<string, readonly Contribution[]>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when: string }[];
    readonly configuration: { readonly properties: Record<string, Setting> };
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

/** What a command changes on disk is changed in trusted workspaces only. */
const WRITES = [
  "quantizeModel",
  "analyzeNoise",
  "compareEqualization",
  "runRecipes",
  "createRecipe",
  "addMissingFile",
  "changeLayerBits",
  "keepLayerFloat",
  "quantizeLayer",
].map((name) => `bitwright.${name}`);

test("what writes is off in untrusted workspaces, and what measures on data where there is no runtime", () => {
  for (const { command, enablement = "" } of contributes.commands) {
    if (WRITES.includes(command)) expect(enablement, command).toContain("isWorkspaceTrusted");
  }
  const enablementOf = (id: string) => contributes.commands.find(({ command }) => command === id)?.enablement;
  for (const id of ["bitwright.analyzeNoise", "bitwright.compareEqualization"]) {
    expect(enablementOf(id)).toContain(`!${WITHOUT_RUNTIME}`);
  }
});

test("the palette offers nothing that cannot run: every command says there when it can", () => {
  const always = ["bitwright.showLog"];
  const conditions = new Map(contributes.menus["commandPalette"].map(({ command, when }) => [command, when]));
  expect([...conditions.keys(), ...always].sort()).toEqual([...COMMANDS].sort());
  for (const [command, when] of conditions) {
    const inMenus = Object.values(contributes.menus).filter((items) => items.some((item) => item.command === command));
    // What only makes sense on an entry is in that entry's menu; or it stands in a text, as a link or a lens.
    if (when === "false") expect(inMenus.length > 1 || LINKED.includes(command), command).toBe(true);
    if (WRITES.includes(command) && when !== "false") expect(when, command).toContain("isWorkspaceTrusted");
  }
});

/** Commands of code lenses and code actions. */
const LINKED = ["bitwright.addMissingFile"];

test("conditions name context keys that the extension sets, or VS Code's own", () => {
  const own = [HAS_RECIPES, HAS_REPORT, HAS_TRAINING, IN_GENERATED_FILE, LAYERS_FILTERED, WITHOUT_RUNTIME];
  const conditions = [
    ...contributes.commands.map(({ enablement }) => enablement),
    ...Object.values(contributes.menus).flatMap((items) => items.map(({ when }) => when)),
    ...contributes.viewsWelcome.map(({ when }) => when),
  ];
  const keys = conditions.flatMap((when) => when?.match(/(?<![.=] ?)bitwright\.\w+/g) ?? []);
  const values = [MODELS_VIEW, MODEL_EDITOR, REPORT_PANEL];
  expect(new Set(keys.filter((key) => !values.includes(key)))).toEqual(new Set(own));
});

test("every action on a layer can be reached from its menu, not only by its icon", () => {
  const items = contributes.menus["view/item/context"] ?? [];
  const isInline = ({ group = "" }: Contribution): boolean => group.startsWith("inline");
  const place = ({ command, when }: Contribution): string => `${command} ${when ?? ""}`;
  const inMenu = items.filter((item) => !isInline(item)).map(place);
  for (const item of items.filter(isInline)) expect(inMenu).toContain(place(item));
});

test("menus of layers name the kinds of layers that there are", () => {
  const items = contributes.menus["view/item/context"] ?? [];
  const exact = items.flatMap(({ when = "" }) => /viewItem == (layer\.\S+)/.exec(when)?.slice(1) ?? []);
  expect(exact.length).toBeGreaterThan(0);
  for (const kind of exact) expect(LAYER_KINDS).toContain(kind);
  const patterns = items.flatMap(({ when = "" }) => /viewItem =~ \/(.+)\//.exec(when)?.slice(1) ?? []);
  for (const pattern of patterns) expect(LAYER_KINDS.some((kind) => new RegExp(pattern).test(kind))).toBe(true);
});

test("the side panel welcomes whoever has no folder, no model, no trust or no runtime", () => {
  const { viewsWelcome } = contributes;
  for (const { view } of viewsWelcome) expect(view).toBe(MODELS_VIEW);
  for (const condition of ["workspaceFolderCount == 0", "isWorkspaceTrusted", "!isWorkspaceTrusted", WITHOUT_RUNTIME]) {
    expect(viewsWelcome.some(({ when }) => when.split(" && ").includes(condition))).toBe(true);
  }
});

test("the shop window: categories, keywords, banner, and an editor of about a year ago", () => {
  expect(manifest.categories).toContain("Machine Learning");
  expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length);
  expect(manifest.keywords.length).toBeLessThanOrEqual(30);
  expect(manifest.galleryBanner.color).toMatch(/^#[0-9a-f]{6}$/);
  const minor = (version: string | undefined) => /^\^1\.(\d+)\./.exec(version ?? "")?.[1];
  expect(minor(manifest.engines.vscode)).toBeDefined();
  expect(minor(manifest.devDependencies["@types/vscode"])).toBe(minor(manifest.engines.vscode));
});

test("it runs where the files are, and says what it does without trust and without a disk", () => {
  expect(manifest.extensionKind).toEqual(["workspace"]);
  const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
  for (const { supported, description } of [untrustedWorkspaces, virtualWorkspaces]) {
    expect(supported).toBe("limited");
    expect(description).toMatch(/^%.+%$/);
  }
  for (const setting of untrustedWorkspaces.restrictedConfigurations ?? []) {
    expect(contributes.configuration.properties).toHaveProperty([setting]);
  }
});

test("settings have a scope, a place of their own and a description with markup", () => {
  const settings = Object.values(contributes.configuration.properties);
  for (const { scope, markdownDescription } of settings) {
    expect(scope).toBeTruthy();
    expect(markdownDescription).toMatch(/^%.+%$/);
  }
  expect(new Set(settings.map(({ order }) => order)).size).toBe(settings.length);
});

test("editors, views and the restored panel bear the names that the code uses", () => {
  expect(contributes.customEditors.map(({ viewType }) => viewType)).toEqual([MODEL_EDITOR]);
  expect(
    Object.values(contributes.views)
      .flat()
      .map(({ id }) => id),
  ).toEqual([MODELS_VIEW]);
  expect(Object.keys(contributes.views)).toEqual(contributes.viewsContainers.activitybar.map(({ id }) => id));
  expect(manifest.activationEvents).toEqual([
    ...[REPORT_PANEL, REPORT_COMPARISON_PANEL, COMPARISON_PANEL, EQUALIZATION_PANEL, TRAINING_PANEL].map(
      (panel) => `onWebviewPanel:${panel}`,
    ),
    "workspaceContains:**/bitwright.json",
  ]);
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
