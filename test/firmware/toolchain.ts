/** The compilers and the emulator of the firmware tests. */
import { execFile, spawnSync } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";

const TOOLS = {
  gcc: "gcc",
  "g++": "g++",
  clang: "clang",
  "clang++": "clang",
  "arm-none-eabi-gcc": "gcc-arm-none-eabi",
  "arm-none-eabi-nm": "binutils-arm-none-eabi",
  "arm-none-eabi-size": "binutils-arm-none-eabi",
  "qemu-system-arm": "qemu-system-arm",
  "avr-gcc": "gcc-avr",
  "avr-g++": "gcc-avr",
  "avr-nm": "binutils-avr",
  "avr-size": "binutils-avr",
  simavr: "simavr",
  cmake: "cmake",
  make: "make",
} as const;

export type Tool = keyof typeof TOOLS;

/** What a hung compiler or emulator may take, in milliseconds. */
const TIMEOUT = 240_000;

const MAX_OUTPUT = 64 * 1024 * 1024;

const execute = promisify(execFile);

/**
 * Whether every tool of the firmware tests is installed. What is missing is named once, with the Debian packages that
 * bring it; with CI=true it is an error.
 */
export function hasToolchain(): boolean {
  const missing = Object.entries(TOOLS).filter(([tool]) => spawnSync(tool, ["--version"]).error !== undefined);
  if (missing.length === 0) return true;
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  const message = `firmware tests need ${missing.map(([tool]) => tool).join(", ")} (Debian: ${packages})`;
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

/**
 * Runs a tool to its end.
 * @param timeout milliseconds
 * @returns what it wrote to both outputs
 * @throws Error with what it wrote, where it fails
 */
export async function run(tool: string, args: readonly string[], folder: string, timeout = TIMEOUT): Promise<string> {
  try {
    const { stdout, stderr } = await execute(tool, [...args], {
      cwd: folder,
      timeout,
      maxBuffer: MAX_OUTPUT,
    });
    return stdout + stderr;
  } catch (thrown) {
    const said = thrown instanceof Error && "stderr" in thrown ? String(thrown.stderr) : String(thrown);
    throw new Error(`${tool} ${args.join(" ").slice(0, 500)}\n${said.slice(0, 4000)}`, { cause: thrown });
  }
}

/** The AVR that is emulated. */
export const AVR = "atmega1284p";

/** What a program prints on the emulated AVR: one line, with a point for each line feed. */
export async function avrOutput(image: string, folder: string): Promise<string> {
  // The emulator colours what comes, breaks long lines, and shows line feeds as points.
  return stripVTControlCharacters(await run("simavr", ["-m", AVR, image], folder)).replaceAll("\n", "");
}
