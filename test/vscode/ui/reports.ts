/** The panel that compares two reports, and the command that opens it. */
export const COMPARE_REPORTS = "Bitwright: Compare Reports…";
export const REPORTS = "Report Comparison";
