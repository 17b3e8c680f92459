/** Notes in Markdown for build systems that have their own idea of where files go. */
import { toMacroName } from "../identifiers";
import { generatedBy } from "./banner";
import type { BuildDescription } from "./description";

/** `<name>_platformio.md` */
export function platformioLines(build: BuildDescription): string[] {
  const { model } = build;
  return [
    ...heading(build, "PlatformIO"),
    `Put these files into \`lib/${model}\` of the project, which PlatformIO compiles and has on its include path:`,
    "",
    ...fileList(build),
    "",
    ...usage(build, "src/main.c"),
    ...selfTest(build, (macro) => ["In `platformio.ini`:", "", "```ini", `build_flags = -D${macro}`, "```"]),
  ];
}

/** `<name>_zephyr.md` */
export function zephyrLines(build: BuildDescription): string[] {
  const { model, sources } = build;
  const folder = `\${CMAKE_CURRENT_SOURCE_DIR}/${model}`;
  return [
    ...heading(build, "Zephyr"),
    `Put these files into the folder \`${model}\` of the application:`,
    "",
    ...fileList(build),
    "",
    "and name them in its `CMakeLists.txt`, after `project`:",
    "",
    "```cmake",
    ...(sources.length === 0
      ? []
      : [`target_sources(app PRIVATE ${sources.map((file) => `"${folder}/${file}"`).join(" ")})`]),
    `target_include_directories(app PRIVATE "${folder}")`,
    "```",
    "",
    ...usage(build, "src/main.c"),
    ...selfTest(build, (macro) => [
      "In `CMakeLists.txt`:",
      "",
      "```cmake",
      `target_compile_definitions(app PRIVATE ${macro})`,
      "```",
    ]),
  ];
}

/** `<name>_arduino.md` */
export function arduinoLines(build: BuildDescription): string[] {
  const { model, headers, inference } = build;
  const include = headers.map((file) => `#include "src/${model}/${file}"`);
  return [
    ...heading(build, "Arduino"),
    `Put these files into \`src/${model}\` beside the sketch, whose subfolders Arduino compiles:`,
    "",
    ...fileList(build),
    "",
    "In the sketch:",
    "",
    "```cpp",
    ...include,
    ...(inference === null ? [] : ["", ...inference.buffers, "", "void loop()", "{", `    ${inference.call}`, "}"]),
    "```",
    "",
    ...memory(build),
    ...(inference === null
      ? []
      : ["On AVR boards too the constants stay in flash; an array may have 32767 bytes there.", ""]),
    ...selfTest(build, (macro) => [
      `Define it before the \`#include\` in the sketch, and for the C files on the command line:`,
      "",
      "```sh",
      `arduino-cli compile --build-property "compiler.c.extra_flags=-D${macro}"`,
      "```",
    ]),
  ];
}

function heading(build: BuildDescription, system: string): string[] {
  return [`<!-- ${generatedBy(build)} -->`, "", `# ${build.model} with ${system}`, ""];
}

function fileList({ headers, sources }: BuildDescription): string[] {
  return [...headers, ...sources].map((file) => `- \`${file}\``);
}

function usage(build: BuildDescription, file: string): string[] {
  const { headers, inference } = build;
  return [
    `In \`${file}\` or wherever it is used:`,
    "",
    "```c",
    ...headers.map((header) => `#include "${header}"`),
    ...(inference === null
      ? []
      : ["", ...inference.buffers, "", "void infer(void)", "{", `    ${inference.call}`, "}"]),
    "```",
    "",
    ...memory(build),
  ];
}

function memory({ inference }: BuildDescription): string[] {
  if (inference === null) return [];
  return [
    `It takes ${inference.arenaBytes} bytes of static RAM beside these buffers, and ${inference.constantBytes} bytes of ` +
      "constants in flash beside the code.",
  ];
}

function selfTest({ model, inference }: BuildDescription, define: (macro: string) => string[]): string[] {
  if (inference?.selfTest !== true) return [];
  const macro = `${toMacroName(model)}_SELF_TEST`;
  return [
    "",
    `\`${model}_self_test()\` returns 0 where all is well. It is compiled where \`${macro}\` is defined.`,
    ...define(macro),
  ];
}
