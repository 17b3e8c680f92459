/** Generated weights meet real compilers and an emulated microcontroller. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { totals } from "../../src/engine/emit/c-preamble";
import { emitWeights } from "../../src/engine/emit/c-weights";
import { repositoryPath } from "../shared";
import { firmwareCases } from "./cases";
import { dumpAllSource, expectedLines, readBackSource } from "./readback";
import { hasToolchain, run } from "./toolchain";

const STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];
const HOST_COMPILERS = [
  ["gcc", "c", "c99"],
  ["gcc", "c", "c11"],
  ["g++", "c++", "c++17"],
  ["clang", "c", "c99"],
  ["clang", "c", "c11"],
  ["clang++", "c++", "c++17"],
] as const;
const CORES = ["cortex-m0", "cortex-m3", "cortex-m4"] as const;
const BOARDS = [
  ["microbit", "cortex-m0"],
  ["mps2-an385", "cortex-m3"],
  ["mps2-an386", "cortex-m4"],
] as const;

/** Soft-float helpers of the ARM ABI and of GCC, and functions of the mathematics library. */
const FLOAT_SYMBOL =
  /__aeabi_c?[fd]|__aeabi_(u?[il]|h)2[fdh]|[sdt]f[0-9]?$|\b(pow|exp|log|sqrt|round|floor|ceil|lrint)f?$/m;

describe.skipIf(!hasToolchain())("generated weights", () => {
  const cases = firmwareCases();
  const folder = mkdtempSync(join(tmpdir(), "bitwright-firmware-"));
  const headers: string[] = [];
  const units: { label: string; source: string; flash: number }[] = [];
  const readBacks: string[] = [];

  beforeAll(() => {
    for (const { label, emission } of cases) {
      const artifacts = emitWeights(emission);
      for (const { path, bytes } of artifacts) writeFileSync(join(folder, path), bytes, { flag: "wx" });
      const header = artifacts.find(({ path }) => path.endsWith(".h"))!.path;
      headers.push(header);
      let source = artifacts.find(({ path }) => path.endsWith(".c"))?.path;
      if (source === undefined) {
        source = `${label}_kept.c`;
        const keepAll = "#define BITWRIGHT_UNUSED __attribute__((used))";
        writeFileSync(join(folder, source), `${keepAll}\n#include "${header}"\n`);
      }
      units.push({ label, source, flash: totals(emission).flash });
      const readBack = `${label}_read.c`;
      writeFileSync(join(folder, readBack), readBackSource(emission, label));
      readBacks.push(readBack);
    }
    writeFileSync(join(folder, "dump_all.c"), dumpAllSource(cases.map(({ label }) => label)));
    readBacks.push("dump_all.c");
    for (const file of ["dump.h", "host.c", "cortex-m.c", "cortex-m.ld"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const linked = () => [
    ...new Set([...units.map(({ source }) => source).filter((name) => !name.endsWith("_kept.c")), ...readBacks]),
  ];
  const expected = () => cases.flatMap(({ label, emission }) => expectedLines(emission, label));

  it("would see floating point in an object", async () => {
    writeFileSync(join(folder, "float.c"), "float twice(float x);\nfloat twice(float x) { return x + x; }\n");
    await run("arm-none-eabi-gcc", ["-mcpu=cortex-m0", "-mthumb", "-Os", "-c", "float.c"], folder);
    expect(await run("arm-none-eabi-nm", ["float.o"], folder)).toMatch(FLOAT_SYMBOL);
  });

  it("has a file of its own for every case", () => {
    expect(cases).toHaveLength(8);
    expect(new Set(headers).size).toBe(cases.length);
  });

  it.each(HOST_COMPILERS)("compiles without a warning: %s, %s, %s", async (compiler, language, standard) => {
    const flags = ["-x", language, `-std=${standard}`, ...STRICT, "-fsyntax-only"];
    const sources = linked().filter((name) => !name.endsWith("_read.c") && name !== "dump_all.c");
    await run(compiler, [...flags, ...sources, ...headers], folder);
  });

  it.each(CORES)("holds on %s the bytes that it states, and no floating point", async (core) => {
    const objects = join(folder, core);
    mkdirSync(objects);
    const flags = ["-std=c99", ...STRICT, `-mcpu=${core}`, "-mthumb", "-Os", "-fdata-sections", "-I..", "-c"];
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

  it("reads back on the host what the engine computed", async () => {
    const flags = ["-std=c99", ...STRICT, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    await run("gcc", [...flags, ...linked(), "host.c", "-o", "host"], folder);
    const printed = await run(join(folder, "host"), [], folder);
    expect(printed.trimEnd().split("\n")).toEqual(expected());
  });

  it.each(BOARDS)("reads back on %s (%s) what the engine computed", async (board, core) => {
    const program = `${board}.elf`;
    const flags = ["-std=c99", ...STRICT, `-mcpu=${core}`, "-mthumb", "-Os", "-ffreestanding", "-nostdlib"];
    const link = ["-T", "cortex-m.ld", "-Wl,--fatal-warnings", "-o", program, "-lgcc"];
    await run("arm-none-eabi-gcc", [...flags, ...linked(), "cortex-m.c", ...link], folder);
    expect(await run("arm-none-eabi-nm", [program], folder)).not.toMatch(FLOAT_SYMBOL);
    const emulator = ["-M", board, "-display", "none", "-monitor", "none", "-serial", "none"];
    const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", program];
    const printed = await run("qemu-system-arm", [...emulator, ...semihosting], folder);
    expect(printed.trimEnd().split("\n")).toEqual(expected());
  });
});

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
