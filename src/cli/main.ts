/** `bitwright`: the pipeline for terminals, make, CMake and CI. */
import { BitwrightError, type ErrorCode } from "../protocol/errors";
import { analyzeCommand } from "./analyze";
import { compareCommand } from "./compare";
import { compareEqualizationCommand } from "./compare-equalization";
import { generateCommand } from "./generate";
import { inspectCommand } from "./inspect";
import { newCommand } from "./new";
import { quantizeCommand } from "./quantize";
import { reportCommand } from "./report";
import { suggestCommand } from "./suggest";
import { trainCommand } from "./train";
import { USAGE } from "./usage";

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  inspect: inspectCommand,
  quantize: quantizeCommand,
  analyze: analyzeCommand,
  compare: compareCommand,
  "compare-equalization": compareEqualizationCommand,
  suggest: suggestCommand,
  report: reportCommand,
  train: trainCommand,
  new: newCommand,
  generate: generateCommand,
};

/** Other failures have 1; 130 is what shells give a program that Ctrl+C has ended. */
const EXIT_CODES: ReadonlyMap<ErrorCode, number> = new Map([
  ["usage", 2],
  ["cancelled", 130],
]);

async function main(args: string[]): Promise<number> {
  const name = args.at(0);
  const rest = args.slice(1);
  if (name === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (["--help", "-h", "help"].includes(name) || rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (name === "--version") {
    process.stdout.write(`${__BITWRIGHT_VERSION__}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new BitwrightError("usage", `there is no command "${name}"`, "See bitwright --help");
  return command(rest);
}

/** A reader that has seen enough (`bitwright … | head`) ends the output, not the work. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    if (stream === process.stdout)
      process.stderr.write(`bitwright: the output cannot be written (${error.code ?? ""})\n`);
    process.exit(1);
  });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    const error = BitwrightError.from(thrown);
    process.stderr.write(`bitwright: ${error.message} [${error.code}]\n`);
    if (error.code === "internal" && process.env["BITWRIGHT_DEBUG"] !== undefined)
      process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = EXIT_CODES.get(error.code) ?? 1;
  },
);
