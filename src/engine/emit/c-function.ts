/** Functions of generated headers. */
import { blockComment } from "./comments";

export interface CFunction {
  readonly result: string;
  readonly name: string;
  readonly parameters: string;
  /** A line that is safe within a comment; none where the name and the top of the file say it. */
  readonly comment?: string;
  /** Lines between the braces, indented against each other only. */
  readonly body: readonly string[];
}

const INDENT = "    ";

/** Definition that a header may hold, with an empty line after it. */
export function inlineFunction({ result, name, parameters, comment, body }: CFunction): string[] {
  return [
    ...(comment === undefined ? [] : blockComment([comment])),
    `static inline ${result} ${name}(${parameters})`,
    "{",
    ...body.map((line) => (line === "" ? "" : INDENT + line)),
    "}",
    "",
  ];
}
