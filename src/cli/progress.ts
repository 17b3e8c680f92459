/** One line of progress on standard error, where that is a terminal. */
import type { Progress } from "../runtime/jobs";

/** Shows steps as they come and clears the line at the end; undefined where nobody looks. */
export function terminalProgress(): { readonly report: Progress | undefined; done(): void } {
  if (!process.stderr.isTTY) return { report: undefined, done: () => undefined };
  const clear = "\r\u001b[K";
  return {
    report: (step, share) => {
      process.stderr.write(`${clear}${step} ${Math.round(share * 100)} %`);
    },
    done: () => {
      process.stderr.write(clear);
    },
  };
}
