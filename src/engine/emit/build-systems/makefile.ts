/** A makefile with the names of files and what finds the headers. */
import { toMacroName } from "../identifiers";
import { generatedBy } from "./banner";
import type { BuildDescription } from "./description";

/** `<name>.mk`, to be included by a makefile. It has no rules, so that the including file's first one stays the default. */
export function makefileLines(build: BuildDescription): string[] {
  const { stem, model, sources, inference } = build;
  const macro = toMacroName(model);
  const objects = sources.length > 0;
  return [
    `# ${generatedBy(build)}`,
    "#",
    `#     include path/to/${stem}.mk`,
    ...(objects ? [`#     firmware: main.o $(${macro}_OBJECTS)`, "#     \t$(CC) $(LDFLAGS) -o $@ $^"] : []),
    "",
    `${macro}_DIRECTORY := $(dir $(lastword $(MAKEFILE_LIST)))`,
    ...(objects
      ? [
          `${macro}_SOURCES := $(addprefix $(${macro}_DIRECTORY),${sources.join(" ")})`,
          `${macro}_OBJECTS := $(${macro}_SOURCES:.c=.o)`,
        ]
      : []),
    `CPPFLAGS += -I$(${macro}_DIRECTORY)`,
    ...(inference?.selfTest === true
      ? [
          "",
          `# make ${macro}_SELF_TEST=1 compiles ${model}_self_test().`,
          `ifdef ${macro}_SELF_TEST`,
          `CPPFLAGS += -D${macro}_SELF_TEST`,
          "endif",
        ]
      : []),
  ];
}
