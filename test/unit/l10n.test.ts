/** The translations are those of what is said, and keep what must not be translated. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { spokenTexts } from "../../scripts/support/spoken-texts.mjs";
import { repositoryPath } from "../shared";

const texts = z.record(z.string(), z.string());

function read(path: string): Record<string, string> {
  return texts.parse(JSON.parse(readFileSync(repositoryPath(path), "utf8")));
}

function entries(path: string): [string, string][] {
  return Object.entries(read(path));
}

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([found]) => found).sort();

const bundles = readdirSync(repositoryPath("l10n"));

it("there is a translation of the manifest for every language that texts are translated to", () => {
  const languages = bundles.map((file) => /^bundle\.l10n\.(.+)\.json$/u.exec(file)?.[1]);
  expect(languages).toContain("de");
  const manifests = readdirSync(repositoryPath("")).filter((file) => /^package\.nls\..+\.json$/u.test(file));
  expect(manifests).toEqual(languages.map((language) => `package.nls.${language ?? ""}.json`));
});

describe.each(bundles)("%s", (file) => {
  const path = `l10n/${file}`;

  it("translates what the sources say, and nothing else (npm run l10n)", async () => {
    expect(Object.keys(read(path))).toEqual(await spokenTexts());
  });

  it("leaves nothing empty, and no blank at an end", () => {
    expect(entries(path).filter(([, translated]) => translated === "" || translated !== translated.trim())).toEqual([]);
  });

  it("has the placeholders and icons of the texts", () => {
    const marks = (text: string): string[] => all(text, /\{\d+\}|^\$\([a-z-]+\)|\$\([a-z-]+\)$/gu);
    for (const [text, translated] of entries(path)) expect(marks(translated), text).toEqual(marks(text));
  });

  it("ends in an ellipsis or a full stop where the text does", () => {
    const end = (text: string): string => /[….?:]$/u.exec(text)?.[0] ?? "";
    expect(entries(path).filter(([text, translated]) => end(text) !== end(translated))).toEqual([]);
  });
});

describe.each(bundles.map((file) => file.replace("bundle.l10n", "package.nls")))("%s", (path) => {
  it("translates the manifest's texts, in their order, and leaves nothing empty", () => {
    expect(Object.keys(read(path))).toEqual(Object.keys(read("package.nls.json")));
    expect(entries(path).filter(([, translated]) => translated.trim() === "")).toEqual([]);
  });

  it("leads to the same commands, and names the same settings", () => {
    const original = read("package.nls.json");
    const marks = (text: string): string[] => all(text, /\(command:[^)]*\)|`[^`]*`/gu);
    for (const [key, translated] of entries(path)) expect(marks(translated), key).toEqual(marks(original[key]));
  });
});
