/** Folders of the repository, seen from the bundles in out/test (this file is bundled into each of them). */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

function findRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

export const ROOT = findRoot();
export const OUT = join(ROOT, "out");
export const SUITE = join(OUT, "test", "suite", "index");
export const SERVER_MODULES = join(ROOT, ".vscode-test", "server", "node_modules");
export const CODE_SERVER = join(SERVER_MODULES, "code-server");
/** code-server runs on the Node that was installed beside it. */
export const SERVER_NODE = join(SERVER_MODULES, ".bin", "node");
