/** The one way by which a name from a model or a recipe becomes a C identifier or macro name. */
import { shortHash } from "./hash";

/** C99 5.2.4.1: at least 63 initial characters of an internal identifier are significant. */
export const MAX_IDENTIFIER_LENGTH = 63;

/** `_` and 8 digits of a hash, after a name that was cut. */
const HASH_SUFFIX_LENGTH = 9;

/** Lower-case words that C99, C11, C23 or C++17 keep for themselves, and macros that common compilers define unasked. */
const RESERVED = new Set(
  (
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class compl " +
    "concept const const_cast consteval constexpr constinit continue co_await co_return co_yield decltype default delete " +
    "do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable " +
    "namespace new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast " +
    "requires restrict return short signed sizeof static static_assert static_cast struct switch template this " +
    "thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using virtual void volatile " +
    "wchar_t while xor xor_eq arm errno far huge i386 interrupt linux main near pascal sgi sun unix vax"
  ).split(" "),
);

/**
 * A C identifier of [a-z0-9_] that is no keyword, begins with a letter and has no two underscores in a row (C++ keeps
 * those). What is not an ASCII letter or digit becomes an underscore. A name that has to be cut ends in a hash of
 * the whole, so that names which differ late stay apart.
 * @param fallback for names without any ASCII letter or digit
 * @param maxLength of the result; at least 16
 */
export function toIdentifier(name: string, fallback: string, maxLength: number = MAX_IDENTIFIER_LENGTH): string {
  const words = name.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, "");
  let identifier = words === "" ? fallback : words.toLowerCase();
  if (/^[0-9]/.test(identifier)) identifier = `n${identifier}`;
  if (identifier.length > maxLength) {
    identifier = `${identifier.slice(0, maxLength - HASH_SUFFIX_LENGTH).replace(/_$/, "")}_${shortHash(name)}`;
  }
  return RESERVED.has(identifier) ? `${identifier}_x` : identifier;
}

/** The macro form of an identifier made by {@link toIdentifier}. */
export function toMacroName(identifier: string): string {
  return identifier.toUpperCase();
}

/** Hands out identifiers of one name space, each once. */
export class IdentifierScope {
  private readonly taken = new Set<string>();
  /** Number to try next after a name that was taken, so that many equal names cost no search. */
  private readonly nextNumber = new Map<string, number>();

  /**
   * An identifier for the name that nothing else in this scope has: equal names get `_2`, `_3`, … in order of asking.
   * @param fallback for names without any ASCII letter or digit
   * @param maxLength of the result, the number included
   */
  claim(name: string, fallback: string, maxLength: number): string {
    const plain = toIdentifier(name, fallback, maxLength);
    let identifier = plain;
    let number = this.nextNumber.get(plain) ?? 2;
    while (this.taken.has(identifier)) {
      const suffix = `_${number++}`;
      identifier = toIdentifier(name, fallback, maxLength - suffix.length) + suffix;
    }
    this.nextNumber.set(plain, number);
    this.taken.add(identifier);
    return identifier;
  }
}
