/** The themes that Bitwright is looked at in. */
export const THEMES = ["Dark Modern", "Light Modern", "Dark High Contrast", "Light High Contrast"] as const;

export type Theme = (typeof THEMES)[number];
