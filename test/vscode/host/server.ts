/** A VS Code server on a free loopback port, with a fresh data folder. */
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CODE_SERVER, SERVER_NODE } from "./paths";

const START_TIMEOUT_MS = 60_000;

export interface ServerOptions {
  /** User settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether the server asks before it trusts a workspace. */
  readonly workspaceTrust: boolean;
  /** Folder of installed extensions; an empty one where left out. */
  readonly extensionsDirectory?: string;
  /** Variables that the extension host gets besides this process's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface Server {
  readonly port: number;
  /** Ends the server and all its children. */
  close(): Promise<void>;
}

/** Quiet, offline, and without anything that is not what the tests look at. */
const SETTINGS = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "security.workspace.trust.startupPrompt": "always",
  "telemetry.telemetryLevel": "off",
  "update.showReleaseNotes": false,
  "window.autoDetectColorScheme": false,
  "window.autoDetectHighContrast": false,
  "workbench.enableExperiments": false,
  // A webview that finishes loading takes the focus, and would close a question in front of it.
  "workbench.quickOpen.closeOnFocusLost": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

/** @throws Error where the server does not start */
export async function startServer(options: ServerOptions): Promise<Server> {
  const dataFolder = mkdtempSync(join(tmpdir(), "bitwright-server-"));
  const userFolder = join(dataFolder, "data", "User");
  mkdirSync(userFolder, { recursive: true });
  writeFileSync(join(userFolder, "settings.json"), JSON.stringify({ ...SETTINGS, ...options.settings }, undefined, 2));

  const port = await freePort();
  const args = [
    join(CODE_SERVER, "lib", "vscode", "out", "server-main.js"),
    ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--accept-server-license-terms"],
    ...["--disable-telemetry", "--enable-smoke-test-driver", "--server-data-dir", dataFolder],
    ...["--extensions-dir", options.extensionsDirectory ?? join(dataFolder, "extensions")],
    ...(options.workspaceTrust ? [] : ["--disable-workspace-trust"]),
  ];
  // A process group of its own, so that extension hosts and workers end with it.
  const server = spawn(SERVER_NODE, args, {
    detached: true,
    env: { ...process.env, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killOnExit = (): void => {
    killGroup(server);
  };
  process.once("exit", killOnExit);

  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile, { flags: "a" });
  server.stdout.pipe(log, { end: false });
  server.stderr.pipe(log, { end: false });

  const exited = new Promise<void>((resolve) => {
    server.once("exit", () => {
      resolve();
    });
  });
  const close = async (): Promise<void> => {
    process.removeListener("exit", killOnExit);
    killGroup(server);
    await exited;
    log.end();
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await listening(server);
  } catch (error) {
    await close();
    throw error;
  }
  return { port, close };
}

function killGroup(server: ChildProcess): void {
  if (server.pid === undefined) return;
  try {
    process.kill(-server.pid, "SIGKILL");
  } catch {
    // The group has ended by itself.
  }
}

function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error("The VS Code server did not start in time."));
    }, START_TIMEOUT_MS);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    let output = "";
    server.stdout?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-10_000);
      if (output.includes("Extension host agent listening")) settle(resolve);
    });
    server.once("error", (error) => {
      settle(() => {
        reject(error);
      });
    });
    server.once("exit", (code) => {
      settle(() => {
        reject(new Error(`The VS Code server ended at its start (exit code ${String(code)}).`));
      });
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("No free port."));
      });
    });
  });
}
