/** A step that failed; the script prints the message alone and exits 1. */
export class StepError extends Error {}
