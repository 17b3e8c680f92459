export function spokenTexts(): Promise<string[]>;
