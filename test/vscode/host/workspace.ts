/** The workspace that tests open: a fresh copy in a temporary folder, so that no run sees another's files. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./paths";

export interface Workspace {
  readonly folder: string;
  remove(): void;
}

/** `models/` holds the shipped models; `firmware/` is empty. */
export function createWorkspace(): Workspace {
  const parent = mkdtempSync(join(tmpdir(), "bitwright-"));
  const folder = join(parent, "thermostat");
  cpSync(join(ROOT, "media", "models"), join(folder, "models"), { recursive: true });
  mkdirSync(join(folder, "firmware"));
  return {
    folder,
    remove() {
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
