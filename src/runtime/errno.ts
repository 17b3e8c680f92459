/** The system's name for a failure, `ENOENT` for example; the message where there is none. */
export function errnoOf(error: unknown): string {
  if (error instanceof Error) {
    return "code" in error && typeof error.code === "string" ? error.code : error.message;
  }
  return String(error);
}
