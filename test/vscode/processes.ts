/** Processes as Linux shows them under /proc; elsewhere there are none to see. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PROC = "/proc";

export const canSeeProcesses = existsSync(join(PROC, "self", "stat"));

export interface Process {
  readonly id: number;
  readonly parent: number;
  /** Program and arguments, separated by spaces. */
  readonly command: string;
}

/** All that live now; those that ended and were not yet waited for are not among them. */
export function processes(): Process[] {
  if (!canSeeProcesses) return [];
  return readdirSync(PROC).flatMap((name) => (/^\d+$/u.test(name) ? (readProcess(Number(name)) ?? []) : []));
}

/** Workers of the extension below a folder, in all windows or in that of one extension host. */
export function workersOf(extension: string, extensionHost?: number): number[] {
  const worker = join(extension, "dist", "worker.js");
  return processes()
    .filter(({ command, parent }) => command.includes(worker) && (extensionHost ?? parent) === parent)
    .map(({ id }) => id);
}

/** Memory that a process has in RAM, in MB; undefined where it has ended. */
export function residentMegabytes(id: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/mu.exec(textOf(id, "status") ?? "")?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

function readProcess(id: number): Process | undefined {
  const command = textOf(id, "cmdline");
  // The name in brackets may itself hold brackets.
  const parent = /^\d+ \(.*\) \S (\d+)/su.exec(textOf(id, "stat") ?? "")?.[1];
  if (command === undefined || command === "" || parent === undefined) return undefined;
  return { id, parent: Number(parent), command: command.replaceAll("\0", " ") };
}

/** Undefined where the process ended meanwhile. */
function textOf(id: number, file: string): string | undefined {
  try {
    return readFileSync(join(PROC, String(id), file), "utf8");
  } catch {
    return undefined;
  }
}
