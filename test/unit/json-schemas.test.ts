import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonSchemas } from "../../src/engine/json-schemas";
import { repositoryPath } from "../shared";

describe("published JSON Schemas", () => {
  it.each(Object.entries(jsonSchemas()))("%s is what the code defines (npm run schemas)", (name, text) => {
    expect(readFileSync(repositoryPath(`media/schemas/${name}`), "utf8")).toBe(text);
  });
});
