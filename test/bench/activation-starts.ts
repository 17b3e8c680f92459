/** Starts the real VS Code as often as asked and prints what each activation took, as JSON. `node activation-starts.js STARTS SUITE` */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../vscode/host/paths";
import { Workbench } from "../vscode/host/workbench";
import { createWorkspace } from "../vscode/host/workspace";
import { ACTIVATION_FILE_VARIABLE } from "./activation-suite";

async function start(suite: string): Promise<unknown> {
  const workspace = createWorkspace();
  const scratch = mkdtempSync(join(tmpdir(), "bitwright-bench-"));
  const file = join(scratch, "activation.json");
  const environment = { [ACTIVATION_FILE_VARIABLE]: file };
  const workbench = await Workbench.open({
    name: "bench",
    folder: workspace.folder,
    extension: ROOT,
    suite,
    environment,
  });
  try {
    await workbench.suiteExit;
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    await workbench.close();
    workspace.remove();
    rmSync(scratch, { recursive: true });
  }
}

async function main([starts, suite]: readonly string[]): Promise<void> {
  const measured: unknown[] = [];
  for (let count = 0; count < Number(starts); count++) measured.push(await start(suite));
  console.log(JSON.stringify(measured));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
