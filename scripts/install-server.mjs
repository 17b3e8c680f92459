/**
 * Installs the VS Code server of the offline tests under .vscode-test/server, unless the right version stands there.
 * Its native modules are compiled, which takes about two minutes and needs a C++ compiler.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { SERVER } from "./support/paths.mjs";
import { exitCodeOf, main } from "./support/processes.mjs";
import { StepError } from "./support/step-error.mjs";

const CODE_SERVER_VERSION = "4.139.1";

/** Written last: an interrupted install has none and is done again. */
const MARKER = join(SERVER, "installed-version");

const MANIFEST = {
  private: true,
  description: "VS Code server for Bitwright's tests",
  dependencies: { node: "24", "code-server": CODE_SERVER_VERSION },
  allowScripts: { node: true, "code-server": true, argon2: true },
};

function installedVersion() {
  try {
    return readFileSync(MARKER, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** @throws StepError with what to install where the install fails */
export async function installServer() {
  if (installedVersion() === CODE_SERVER_VERSION) return;
  if (Number.parseInt(process.versions.node, 10) !== 24) {
    throw new StepError(`code-server installs on Node 24 only, this is ${process.version}. Use: npm run test:vscode`);
  }
  console.log(`Installing code-server ${CODE_SERVER_VERSION} for the tests in VS Code (about two minutes, once) …`);
  rmSync(SERVER, { recursive: true, force: true });
  mkdirSync(SERVER, { recursive: true });
  writeFileSync(join(SERVER, "package.json"), JSON.stringify(MANIFEST, undefined, 2));
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
  // Set by the npm that runs this script, perhaps on another Node; code-server's install script would believe it.
  delete env.npm_config_user_agent;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const code = await exitCodeOf(npm, ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: SERVER, env });
  if (code !== 0) {
    throw new StepError(
      "The VS Code server could not be installed; see npm's message above. It needs the npm registry and, to compile its " +
        "native modules, on Debian: apt-get install g++ make pkg-config python3 libkrb5-dev",
    );
  }
  writeFileSync(MARKER, `${CODE_SERVER_VERSION}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(installServer);
