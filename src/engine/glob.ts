/**
 * Layer-name patterns of recipes: `*` stands for any run of characters, `/` included, because exporters name
 * layers like paths; `?` for one character. Case matters.
 *
 * Matching is greedy with one point to fall back to, so that a hostile pattern costs at most length × length.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (n < name.length) {
    if (p < pattern.length && (pattern[p] === "?" || (pattern[p] === name[n] && pattern[p] !== "*"))) {
      p++;
      n++;
    } else if (pattern[p] === "*") {
      starAt = p++;
      resumeAt = n;
    } else if (starAt >= 0) {
      p = starAt + 1;
      n = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
