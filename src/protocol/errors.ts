/**
 * The one error class. It crosses process and webview borders as plain data
 * (`toJSON` / `fromJSON`), so it lives here and imports nothing.
 *
 * What a user reads is one sentence that names model, layer and field, and one
 * that says what to do. Stack traces stay in the log.
 */

/** Stable machine-readable codes; scripts may rely on them. */
export const ERROR_CODES = [
  // The model file
  "model-missing",
  "model-unreadable",
  "model-empty",
  "model-too-large",
  "model-lfs-pointer",
  "model-not-onnx",
  "model-opset",
  "model-too-complex",
  "model-no-weights",
  "model-invalid",
  // Tensors and external data
  "tensor-type",
  "tensor-shape",
  "weight-not-finite",
  "external-data-missing",
  "external-data-range",
  "external-data-outside",
  // Calibration data
  "data-missing",
  "data-invalid",
  "data-shape",
  "data-too-few",
  "data-not-finite",
  "data-constant",
  "labels-invalid",
  // What the user asked for
  "usage",
  "recipe-missing",
  "recipe-invalid",
  "not-available",
  "layer-unknown",
  "sqnr-too-low",
  "flash-exceeded",
  // Reports
  "report-missing",
  "report-invalid",
  // Training
  "training-diverged",
  "checkpoint-invalid",
  // Integer programs
  "operator-unsupported",
  "accumulator-overflow",
  "memory-exceeded",
  // Writing
  "output-missing",
  "output-not-directory",
  "output-outside",
  "output-read-only",
  "output-foreign",
  "output-failed",
  "disk-full",
  "stale",
  // Running
  "cancelled",
  "worker-crashed",
  "runtime-missing",
  "runtime-failed",
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Where the problem is: which model, layer and field (of a tensor, node or recipe). */
export interface ErrorPlace {
  readonly model?: string;
  readonly layer?: string;
  readonly field?: string;
}

export interface ErrorData extends ErrorPlace {
  readonly code: ErrorCode;
  readonly problem: string;
  readonly remedy: string;
}

/** Longest name shown in a message; hostile models carry names of any length. */
const MAX_SHOWN_NAME = 80;

/** Longest problem or remedy shown; the longest of our own stay below half of it. */
const MAX_SHOWN_TEXT = 1000;

/** Control, formatting (bidirectional overrides among them) and lone surrogate characters, and line separators. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A name from a model or recipe made safe to show in a message: control and bidirectional
 * formatting characters escaped, cut to 80 characters. Not for C, HTML or paths: those have
 * sanitizers of their own.
 */
export function shownName(name: string): string {
  const visible = visibleText(name.slice(0, MAX_SHOWN_NAME));
  return name.length > MAX_SHOWN_NAME ? `${visible}…` : visible;
}

/** A problem or remedy made safe to show, whatever is quoted in it: on one line, escaped as names are, of bounded length. */
function shownText(text: string): string {
  const visible = visibleText(text.slice(0, MAX_SHOWN_TEXT + 1).replace(/\s+/gu, " "));
  return visible.length > MAX_SHOWN_TEXT ? `${visible.slice(0, MAX_SHOWN_TEXT - 1)}…` : visible;
}

/** Control and bidirectional formatting characters, line ends among them, as `\u{hex}`. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Every failure that a user can meet, with a code, a place, a problem and a remedy. */
export class BitwrightError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  readonly problem: string;
  readonly remedy: string;

  /**
   * Names in problem and remedy may come from anywhere: both are kept in a form that is safe to show.
   *
   * @param problem one sentence, what is wrong, without a full stop
   * @param remedy one sentence, what to do about it, without a full stop; may be empty
   */
  constructor(code: ErrorCode, problem: string, remedy: string, place: ErrorPlace = {}) {
    const [shownProblem, shownRemedy] = [shownText(problem), shownText(remedy)];
    super(sentence(shownProblem, shownRemedy, place));
    this.name = "BitwrightError";
    this.code = code;
    this.problem = shownProblem;
    this.remedy = shownRemedy;
    this.place = place;
  }

  /** The same error with more of its place known; what is already known stays. */
  within(place: ErrorPlace): BitwrightError {
    const error = new BitwrightError(this.code, this.problem, this.remedy, { ...place, ...this.place });
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }

  toJSON(): ErrorData {
    return { code: this.code, problem: this.problem, remedy: this.remedy, ...this.place };
  }

  static fromJSON(data: ErrorData): BitwrightError {
    const { code, problem, remedy, ...place } = data;
    return new BitwrightError(code, problem, remedy, place);
  }

  /** Any thrown value as a BitwrightError: what is not one becomes `internal`. */
  static from(thrown: unknown): BitwrightError {
    if (thrown instanceof BitwrightError) return thrown;
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    const error = new BitwrightError(
      "internal",
      `an unexpected failure inside Bitwright: ${shownName(detail)}`,
      "Please report it with the model's structure and the log",
    );
    if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack;
    return error;
  }
}

function sentence(problem: string, remedy: string, place: ErrorPlace): string {
  const where = [
    place.model === undefined ? "" : shownName(place.model),
    place.layer === undefined ? "" : `layer "${shownName(place.layer)}"`,
    place.field === undefined ? "" : shownName(place.field),
  ].filter((part) => part !== "");
  const head = where.length === 0 ? capitalised(problem) : `${where.join(", ")}: ${problem}`;
  return remedy === "" ? `${head}.` : `${head}. ${capitalised(remedy)}.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
