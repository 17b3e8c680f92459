/** A CMake file with one library target. */
import { toMacroName } from "../identifiers";
import { generatedBy } from "./banner";
import type { BuildDescription } from "./description";

/** `<name>.cmake`, to be included by a `CMakeLists.txt`; the target has the model's name. */
export function cmakeLines(build: BuildDescription): string[] {
  const { stem, model, sources, inference } = build;
  const visibility = sources.length === 0 ? "INTERFACE" : "PUBLIC";
  return [
    `# ${generatedBy(build)}`,
    "#",
    `#     include(path/to/${stem}.cmake)`,
    `#     target_link_libraries(firmware PRIVATE ${model})`,
    "",
    sources.length === 0
      ? `add_library(${model} INTERFACE)`
      : `add_library(${model} STATIC ${sources.map((file) => `"\${CMAKE_CURRENT_LIST_DIR}/${file}"`).join(" ")})`,
    `target_include_directories(${model} ${visibility} "\${CMAKE_CURRENT_LIST_DIR}")`,
    ...(sources.length === 0
      ? []
      : [`set_target_properties(${model} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)`]),
    ...(inference?.selfTest === true ? selfTestOption(model) : []),
  ];
}

function selfTestOption(model: string): string[] {
  const option = `${toMacroName(model)}_SELF_TEST`;
  return [
    "",
    `option(${option} "Compile ${model}_self_test()" OFF)`,
    `if(${option})`,
    `  target_compile_definitions(${model} PUBLIC ${option})`,
    "endif()",
  ];
}
