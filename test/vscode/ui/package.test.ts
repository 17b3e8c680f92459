import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { CODE_SERVER, ROOT, SERVER_NODE } from "../host/paths";
import { quantizeByPalette } from "./quantize";
import { useWorkbench } from "./session";

const TARGET = `${process.platform}-${process.arch}`;
const MODEL = "mnist-dscnn-bn.onnx";

/** Builds the package of this machine's target. Returns the VSIX file. */
function buildPackage(): string {
  const script = join(ROOT, "scripts", "package.mjs");
  execFileSync(process.execPath, [script, "--target", TARGET, "--target", "universal"], {
    cwd: ROOT,
    stdio: "inherit",
  });
  const folder = join(ROOT, "build", "vsix");
  const name = readdirSync(folder).find((candidate) => candidate.endsWith(`-${TARGET}.vsix`));
  assert.ok(name, `no package for ${TARGET} in ${folder}`);
  return join(folder, name);
}

function install(vsix: string, folder: string): void {
  const entry = join(CODE_SERVER, "out", "node", "entry.js");
  const places = { "--extensions-dir": "extensions", "--user-data-dir": "data", "--config": "config.yaml" };
  const args = Object.entries(places).flatMap(([option, name]) => [option, join(folder, name)]);
  execFileSync(SERVER_NODE, [entry, ...args, "--install-extension", vsix], { stdio: "inherit" });
}

describe("The packaged extension", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-installed-"));
  const session = useWorkbench(() => {
    install(buildPackage(), folder);
    return Promise.resolve({ name: "package", extensionsDirectory: join(folder, "extensions") });
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is installed and does the main job", async () => {
    const { workbench, workspace } = session();
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    await (await workbench.webview(MODEL)).getByRole("heading", { name: MODEL }).waitFor();
    const report = await quantizeByPalette(workbench);
    await report.getByRole("heading", { name: MODEL }).waitFor();
    assert.equal(readdirSync(join(workspace.folder, "firmware")).length, 2);
  });
});
