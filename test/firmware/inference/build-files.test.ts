/** Build files beside generated C do what they say: CMake and make really build with them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildFiles } from "../../../src/engine/emit/build-systems/build-files";
import { BUILDS, type BuildDescription } from "../../../src/engine/emit/build-systems/description";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import { elementCount } from "../../../src/engine/onnx/tensor";
import { programSamples } from "../../../src/engine/program/samples";
import { randomValues } from "../../unit/engine/onnx/model-builder";
import { networkOf } from "../../unit/engine/program/networks";
import { randomNetwork } from "../../unit/engine/program/random-networks";
import { hasToolchain, run } from "../toolchain";

const MAIN = `#include "small-net.h"
int main(void) { return small_net_self_test(); }
`;

const CMAKE = `cmake_minimum_required(VERSION 3.13)
project(firmware C)
include(generated/small-net.cmake)
add_executable(firmware main.c)
target_link_libraries(firmware PRIVATE small_net)
`;

const MAKE = `include generated/small-net.mk
firmware: main.o $(SMALL_NET_OBJECTS)
\t$(CC) $(LDFLAGS) -o $@ $^
`;

describe.skipIf(!hasToolchain())("build files", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-build-files-"));
  let description: BuildDescription;

  beforeAll(async () => {
    const { source, inputDims } = randomNetwork(3, "exact");
    const data = randomValues(elementCount(inputDims), 1);
    const { program } = await networkOf(source, { x: new Tensor("float32", data, inputDims) });
    const dataset = {
      count: 1,
      fixedBatch: null,
      read: () => Promise.resolve({ x: { type: "float32", dims: inputDims, data } }),
    };
    const { artifacts, use } = emitInference({
      generatorVersion: "0.0.0-test",
      modelName: source.name,
      modelSha256: source.sha256,
      recipe: "{}",
      baseName: "small-net",
      program,
      selfTest: await programSamples(program, dataset, 1),
      limits: { ram: null, flash: null },
    });
    description = {
      generatorVersion: "0.0.0-test",
      stem: "small-net",
      model: "small_net",
      headers: ["small-net.h"],
      sources: ["small-net.c"],
      inference: use,
    };
    mkdirSync(join(folder, "generated"));
    for (const { path, bytes } of [...artifacts, ...buildFiles(description, BUILDS)]) {
      writeFileSync(join(folder, "generated", path), bytes);
    }
    writeFileSync(join(folder, "main.c"), MAIN);
    writeFileSync(join(folder, "CMakeLists.txt"), CMAKE);
    writeFileSync(join(folder, "Makefile"), MAKE);
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const read = (file: string) => readFileSync(join(folder, "generated", file), "utf8");

  it("for CMake make a library with include path and self-test", async () => {
    await run("cmake", ["-S", ".", "-B", "cmake", "-DSMALL_NET_SELF_TEST=ON", "-DCMAKE_C_FLAGS=-Wall -Werror"], folder);
    await run("cmake", ["--build", "cmake"], folder);
    await run(join(folder, "cmake", "firmware"), [], folder);
  });

  it("for make give objects and include path, and leave the default target alone", async () => {
    await run("make", ["SMALL_NET_SELF_TEST=1", "CFLAGS=-std=c99 -Wall -Werror"], folder);
    await run(join(folder, "firmware"), [], folder);
  });

  it.each(["platformio", "zephyr", "arduino"])("for %s show code that compiles", async (system) => {
    const note = read(`small-net_${system}.md`);
    const code = /```(?:c|cpp)\n(.*?)```/s.exec(note)![1].replace("src/small_net/", "generated/");
    expect(code).toContain("small_net_run(");
    writeFileSync(join(folder, `${system}.c`), code);
    await run("gcc", ["-std=c99", "-Wall", "-Werror", "-I.", "-Igenerated", "-fsyntax-only", `${system}.c`], folder);
  });

  it("for Zephyr name files with CMake that CMake reads", async () => {
    const [commands] = [.../```cmake\n(.*?)```/gs.exec(read("small-net_zephyr.md"))!].slice(1);
    const project = ["cmake_minimum_required(VERSION 3.13)", "project(zephyr C)", "add_library(app STATIC)", commands];
    mkdirSync(join(folder, "application"));
    writeFileSync(join(folder, "application", "CMakeLists.txt"), project.join("\n"));
    mkdirSync(join(folder, "application", "small_net"));
    for (const file of ["small-net.h", "small-net.c"]) {
      writeFileSync(join(folder, "application", "small_net", file), read(file));
    }
    await run("cmake", ["-S", "application", "-B", "zephyr"], folder);
    await run("cmake", ["--build", "zephyr"], folder);
  });

  it("say who wrote them, and are the same for the same description", () => {
    const [first, second] = [1, 2].map(() => buildFiles(description, BUILDS));
    expect(first).toEqual(second);
    for (const { bytes } of first) {
      const [opening] = new TextDecoder().decode(bytes).split("\n");
      expect(opening).toContain("Generated by Bitwright 0.0.0-test.");
    }
  });

  it("for headers alone have no sources", () => {
    const [cmake, make] = buildFiles({ ...description, sources: [], inference: null }, ["cmake", "make"]);
    expect(new TextDecoder().decode(cmake.bytes)).toContain("add_library(small_net INTERFACE)");
    expect(new TextDecoder().decode(make.bytes)).not.toContain("SOURCES");
  });
});
