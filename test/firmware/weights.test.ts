/** Generated weights meet real compilers and an emulated microcontroller. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { totals } from "../../src/engine/emit/c-preamble";
import { emitWeights } from "../../src/engine/emit/c-weights";
import { repositoryPath } from "../shared";
import { firmwareCases, type FirmwareCase } from "./cases";
import { dumpAllSource, expectedLines, readBackSource } from "./readback";
import { schemeCases, smallSchemeCases } from "./scheme-cases";
import { AVR, avrOutput, hasToolchain, run } from "./toolchain";

const STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];
const HOST_COMPILERS = [
  ["gcc", "c", "c99"],
  ["gcc", "c", "c11"],
  ["g++", "c++", "c++17"],
  ["clang", "c", "c99"],
  ["clang", "c", "c11"],
  ["clang++", "c++", "c++17"],
] as const;
const AVR_COMPILERS = [
  ["avr-gcc", "c", "c99"],
  ["avr-gcc", "c", "gnu99"],
  ["avr-g++", "c++", "c++17"],
] as const;
const CORES = ["cortex-m0", "cortex-m3", "cortex-m4"] as const;
const BOARDS = [
  ["microbit", "cortex-m0"],
  ["mps2-an385", "cortex-m3"],
  ["mps2-an386", "cortex-m4"],
] as const;

/** Static arrays stay in the object though nothing uses them. */
const KEEP = "-DBITWRIGHT_UNUSED=__attribute__((used))";

/** Soft-float helpers of the ARM ABI and of GCC, and functions of the mathematics library. */
const FLOAT_SYMBOL =
  /__aeabi_c?[fd]|__aeabi_(u?[il]|h)2[fdh]|[sdt]f[0-9]?$|\b(pow|exp|log|sqrt|round|floor|ceil|lrint)f?$/m;

/** What the smallest board takes goes into one program. */
const PROGRAMS = [
  { program: "names", cases: firmwareCases() },
  ...schemeCases().map((single) => ({ program: single.label, cases: [single] })),
];

/** Programs by board; decoders are integer code that Cortex-M4 runs as M3 does, so one program is enough there. */
const RUNS = BOARDS.flatMap(([board, core]) => {
  const programs = core === "cortex-m4" ? PROGRAMS.slice(0, 1) : PROGRAMS;
  return programs.map(({ program }) => [board, core, program] as const);
});

interface Unit {
  readonly label: string;
  /** Holds the arrays; one that includes the header, where they are static. */
  readonly source: string;
  /** Files of a program that prints what the arrays hold. */
  readonly linked: readonly string[];
  readonly header: string;
  readonly flash: number;
}

describe.skipIf(!hasToolchain())("generated weights", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-firmware-"));
  const programs: { program: string; cases: readonly FirmwareCase[]; units: Unit[]; linked: string[] }[] = [];
  const units: Unit[] = [];

  beforeAll(() => {
    for (const { program, cases } of PROGRAMS) {
      const own = cases.map((single) => writeUnit(folder, single));
      const main = `${program}_main.c`;
      writeFileSync(join(folder, main), dumpAllSource(cases.map(({ label }) => label)));
      programs.push({ program, cases, units: own, linked: [...own.flatMap(({ linked }) => linked), main] });
      units.push(...own);
    }
    for (const file of ["dump.h", "host.c", "avr.c", "cortex-m.c", "cortex-m.ld"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const expected = (cases: readonly FirmwareCase[]) =>
    cases.flatMap(({ label, emission }) => expectedLines(emission, label));

  it("would see floating point in an object", async () => {
    writeFileSync(join(folder, "float.c"), "float twice(float x);\nfloat twice(float x) { return x + x; }\n");
    await run("arm-none-eabi-gcc", ["-mcpu=cortex-m0", "-mthumb", "-Os", "-c", "float.c"], folder);
    expect(await run("arm-none-eabi-nm", ["float.o"], folder)).toMatch(FLOAT_SYMBOL);
  });

  it("has a file of its own for every case", () => {
    expect(units).toHaveLength(11);
    expect(new Set(units.map(({ header }) => header)).size).toBe(units.length);
  });

  it.each(HOST_COMPILERS)("compiles without a warning: %s, %s, %s", async (compiler, language, standard) => {
    const flags = ["-x", language, `-std=${standard}`, ...STRICT, "-fsyntax-only"];
    await run(compiler, [...flags, ...units.map(({ source }) => source)], folder);
  });

  it.each(AVR_COMPILERS)("compiles for AVR without a warning: %s, %s, %s", async (compiler, language, standard) => {
    const flags = ["-x", language, `-std=${standard}`, ...STRICT, `-mmcu=${AVR}`, "-fsyntax-only"];
    await run(compiler, [...flags, ...units.map(({ source }) => source)], folder);
  });

  it.each(CORES)("holds on %s the bytes that it states, and no floating point", async (core) => {
    const objects = join(folder, core);
    mkdirSync(objects);
    const flags = ["-std=c99", ...STRICT, `-mcpu=${core}`, "-mthumb", "-Os", "-fdata-sections", KEEP, "-I..", "-c"];
    await run("arm-none-eabi-gcc", [...flags, ...units.map(({ source }) => join("..", source))], objects);
    const names = units.map(({ source }) => source.replace(/c$/, "o"));
    const sizes = await run("arm-none-eabi-size", ["-A", ...names], objects);
    const symbols = await run("arm-none-eabi-nm", names, objects);
    expect(symbols).not.toMatch(FLOAT_SYMBOL);
    const held = sizes
      .split(/\n\n+/)
      .filter((table) => table.includes("section"))
      .map(arrayBytes);
    expect(held).toEqual(units.map(({ flash }) => ({ constants: flash, others: 0 })));
  });

  it.each(["c99", "c++17"])("puts arrays into the section that the build asks for (%s)", async (standard) => {
    const object = `placed-${standard}.o`;
    const place = [
      '-DBITWRIGHT_SECTION=__attribute__((section(".weights")))',
      "-DBITWRIGHT_ALIGN=__attribute__((aligned(4)))",
    ];
    const flags = ["-x", standard.startsWith("c++") ? "c++" : "c", `-std=${standard}`, ...STRICT, ...place];
    const [unit] = units;
    await run("arm-none-eabi-gcc", [...flags, "-mcpu=cortex-m0", "-Os", "-c", unit.source, "-o", object], folder);
    const sizes = await run("arm-none-eabi-size", ["-A", object], folder);
    const [, bytes = "0"] = /^\.weights\s+(\d+)/m.exec(sizes) ?? [];
    expect(Number(bytes)).toBeGreaterThanOrEqual(unit.flash);
    expect(arrayBytes(sizes)).toEqual({ constants: 0, others: 0 });
  });

  it.each(PROGRAMS)("reads back and decodes on the host what the engine computed: $program", async ({ program }) => {
    const { cases, linked } = programs.find((one) => one.program === program)!;
    const flags = ["-std=c99", ...STRICT, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    await run("gcc", [...flags, ...linked, "host.c", "-o", program], folder);
    const printed = await run(join(folder, program), [], folder);
    expect(printed.trimEnd().split("\n")).toEqual(expected(cases));
  });

  it.each(smallSchemeCases())("reads back and decodes on AVR what the engine computed: $label", async (single) => {
    const { linked } = writeUnit(folder, single);
    const main = `${single.label}_main.c`;
    writeFileSync(join(folder, main), dumpAllSource([single.label]));
    const image = `${single.label}.elf`;
    await run("avr-gcc", ["-std=c99", ...STRICT, `-mmcu=${AVR}`, "-Os", ...linked, main, "avr.c", "-o", image], folder);
    expect(await run("avr-nm", [image], folder)).not.toMatch(FLOAT_SYMBOL);
    expect(await avrOutput(image, folder)).toContain(expected([single]).join("."));
  });

  it.each(RUNS)("reads back and decodes on %s (%s) what the engine computed: %s", async (board, core, program) => {
    const { cases, linked } = programs.find((one) => one.program === program)!;
    const image = `${board}-${program}.elf`;
    const flags = ["-std=c99", ...STRICT, `-mcpu=${core}`, "-mthumb", "-Os", "-ffreestanding", "-nostdlib"];
    const link = ["-T", "cortex-m.ld", "-Wl,--fatal-warnings", "-o", image, "-lgcc"];
    await run("arm-none-eabi-gcc", [...flags, ...linked, "cortex-m.c", ...link], folder);
    expect(await run("arm-none-eabi-nm", [image], folder)).not.toMatch(FLOAT_SYMBOL);
    const emulator = ["-M", board, "-display", "none", "-monitor", "none", "-serial", "none"];
    const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", image];
    const printed = await run("qemu-system-arm", [...emulator, ...semihosting], folder);
    expect(printed.trimEnd().split("\n")).toEqual(expected(cases));
  });
});

/** Writes what is generated for a model and the file that reads it back. */
function writeUnit(folder: string, { label, emission }: FirmwareCase): Unit {
  const artifacts = emitWeights(emission);
  for (const { path, bytes } of artifacts) writeFileSync(join(folder, path), bytes, { flag: "wx" });
  const header = artifacts.find(({ path }) => path.endsWith(".h"))!.path;
  const generated = artifacts.find(({ path }) => path.endsWith(".c"))?.path;
  const source = generated ?? `${label}_include.c`;
  if (generated === undefined) writeFileSync(join(folder, source), `#include "${header}"\n`);
  const readBack = `${label}_read.c`;
  writeFileSync(join(folder, readBack), readBackSource(emission, label));
  const linked = generated === undefined ? [readBack] : [generated, readBack];
  return { label, source, linked, header, flash: totals(emission).flash };
}

/** Bytes of constants and of all else that is loaded, from one table of `size -A`. */
function arrayBytes(table: string): { constants: number; others: number } {
  let constants = 0;
  let others = 0;
  for (const [, section, bytes] of table.matchAll(/^\.(\S+)\s+(\d+)/gm)) {
    if (section.startsWith("rodata")) constants += Number(bytes);
    else if (/^(text|data|bss)/.test(section)) others += Number(bytes);
  }
  return { constants, others };
}
