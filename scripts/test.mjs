/**
 * `npm test`: code, numbers, firmware, VS Code. A missing tool skips its part with a line that says what to install; where CI is
 * set it is a failure. The last line is "N passed, N failed".
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findChromium, findProgram, OUT, ROOT } from "./support/paths.mjs";
import { exitCodeOf, main } from "./support/processes.mjs";
import { closingLine, none, sum, vitestCounts, vscodeCounts, withExitCode } from "./support/results.mjs";

const RESULTS = join(OUT, "results");
const isContinuousIntegration = process.env.CI === "true";

const program = (...names) => [names[0], () => findProgram(...names)];

/** Each with the tools it needs and the Debian packages that hold them. */
const PARTS = [
  { name: "Code", tools: [], packages: "", run: runCode },
  { name: "Numbers", tools: [], packages: "", run: () => runVitest("unit") },
  {
    name: "Firmware",
    tools: [
      "gcc",
      "g++",
      "clang",
      "arm-none-eabi-gcc",
      "arm-none-eabi-nm",
      "qemu-system-arm",
      "avr-gcc",
      "avr-g++",
      "simavr",
      "cmake",
      "make",
    ].map((name) => program(name)),
    packages:
      "gcc g++ clang libclang-rt-14-dev gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm gcc-avr avr-libc simavr cmake make",
    run: () => runVitest("firmware"),
  },
  {
    name: "VS Code",
    tools: [["chromium", findChromium], ...["g++", "make", "python3"].map((name) => program(name))],
    packages: "chromium g++ make pkg-config python3 libkrb5-dev",
    run: runVsCode,
  },
];

/** Formatting, lint and types: each counts as one test. */
async function runCode() {
  const module = (...path) => join(ROOT, "node_modules", ...path);
  const checks = [
    [module("eslint", "bin", "eslint.js"), ".", "--max-warnings", "0"],
    [module("prettier", "bin", "prettier.cjs"), "--check", "--log-level", "warn", "."],
    [module("typescript", "bin", "tsc"), "-p", "."],
    [module("typescript", "bin", "tsc"), "-p", "webview"],
  ];
  let counts = none();
  for (const check of checks) {
    const exitCode = await exitCodeOf(process.execPath, check);
    counts = sum(counts, { ...none(), [exitCode === 0 ? "passed" : "failed"]: 1 });
  }
  return counts;
}

async function runVitest(part) {
  const file = join(RESULTS, `${part}.json`);
  const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const exitCode = await exitCodeOf(process.execPath, [vitest, "run", `test/${part}`, ...reporters]);
  return withExitCode(vitestCounts(file), exitCode);
}

async function runVsCode() {
  const exitCode = await exitCodeOf(process.execPath, [join(ROOT, "scripts", "test-vscode.mjs")]);
  return withExitCode(vscodeCounts(join(RESULTS, "vscode.json")), exitCode);
}

async function runPart({ name, tools, packages, run }) {
  console.log(`\n${name}`);
  const missing = tools.filter(([, find]) => find() === undefined).map(([tool]) => tool);
  if (missing.length === 0) return run();
  const outcome = isContinuousIntegration ? "failed" : "skipped";
  console.log(`${outcome}: ${missing.join(", ")} not found. Debian: apt-get install ${packages}`);
  return { ...none(), [outcome]: 1 };
}

await main(async () => {
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const build = await exitCodeOf(process.execPath, ["esbuild.mjs"]);
  let counts = withExitCode(none(), build);
  if (build === 0) for (const part of PARTS) counts = sum(counts, await runPart(part));
  console.log(`\n${closingLine(counts)}`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});
