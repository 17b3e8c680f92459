/** Macros of compilers and language versions that generated C relies on. */
import { COMMENT_WIDTH } from "./comments";

/** Static arrays of a header are not all used everywhere. */
export function unusedMacro(): string[] {
  return [
    "#ifndef BITWRIGHT_UNUSED",
    "#if defined(__GNUC__) || defined(__clang__)",
    "#define BITWRIGHT_UNUSED __attribute__((unused))",
    "#else",
    "#define BITWRIGHT_UNUSED",
    "#endif",
    "#endif",
  ];
}

/** A static assertion in C99, C11 and C++; the condition is too long for a string literal of its own. */
export function staticAssertMacro(): string[] {
  return [
    "#ifndef BITWRIGHT_STATIC_ASSERT",
    "#if defined(__cplusplus)",
    '#define BITWRIGHT_STATIC_ASSERT(condition) static_assert(condition, "a size disagrees")',
    "#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L",
    '#define BITWRIGHT_STATIC_ASSERT(condition) _Static_assert(condition, "a size disagrees")',
    "#else",
    "#define BITWRIGHT_STATIC_ASSERT(condition) \\",
    "    extern const char bitwright_static_assert[(condition) ? 1 : -1]",
    "#endif",
    "#endif",
  ];
}

/** An assertion that a sum or product of `terms` (at least one) equals `total`, within the text width. */
export function staticAssertion(terms: readonly string[], operator: "+" | "*", total: string): string[] {
  const lines: string[] = [];
  let line = "   ";
  terms.forEach((term, index) => {
    const piece = ` ${term} ${index === terms.length - 1 ? "==" : operator}`;
    if (line.trim() !== "" && line.length + piece.length > COMMENT_WIDTH) {
      lines.push(line);
      line = "   ";
    }
    line += piece;
  });
  return ["BITWRIGHT_STATIC_ASSERT(", ...lines, line, `    ${total});`];
}
