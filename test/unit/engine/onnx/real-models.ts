/** The real models that tests may read: those of the repository always, the shared ones where they are. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { ModelSource } from "../../../../src/engine/model-source";
import { hasShared, repositoryPath, sharedPath } from "../../../shared";
import { sourceOf } from "./model-builder";

/** Paths of all ONNX files of the shared folder, relative to its models folder. */
export function sharedModels(): string[] {
  if (!hasShared) return [];
  const files = readdirSync(sharedPath("models"), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".onnx")).sort();
}

export function shippedModel(name: string): ModelSource {
  return fileSource(repositoryPath(`media/models/${name}`));
}

export function sharedModel(relative: string): ModelSource {
  return fileSource(sharedPath(`models/${relative}`));
}

function fileSource(path: string): ModelSource {
  const name = basename(path);
  const side = `${dirname(path)}/${name}.data`;
  const files = existsSync(side) ? { [`${name}.data`]: new Uint8Array(readFileSync(side)) } : {};
  return sourceOf(new Uint8Array(readFileSync(path)), name, files);
}
