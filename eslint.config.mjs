import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Rooms of `src` and what each may import, in the order of the architecture: a room may import those before it. */
const ROOMS = ["protocol", "engine", "runtime", "worker", "extension", "cli"];
const MAY_IMPORT = {
  protocol: [],
  engine: ["protocol"],
  runtime: ["protocol", "engine"],
  worker: ["protocol", "engine", "runtime"],
  extension: ["protocol", "engine", "runtime", "worker"],
  cli: ["protocol", "engine", "runtime"],
};

const NODE = {
  group: ["node:*", "fs", "path", "child_process", "crypto", "os"],
  message: "This room is pure: no Node.",
};
const VSCODE = { group: ["vscode"], message: "Only src/extension may import vscode." };
const ONNXRUNTIME = { group: ["onnxruntime-*"], message: "Only src/runtime may import ONNX Runtime." };

/** What a page shows, and what it is called by screen readers. */
const SHOWN = "Property[key.name=/^(text|label|title|caption|note|value|x|y|term|meaning|disabledBecause)$/]";
const NAMED = "Property[key.value=/^aria-(label|valuetext|description)$/]";

/** Words that would reach a person without having been through `l10n.t`; units and names in capitals need no translation. */
const UNTRANSLATED = [
  ...[SHOWN, NAMED].flatMap((place) => [
    `${place} > Literal.value[value=/[a-z]{3}/]`,
    `${place} > TemplateLiteral.value > TemplateElement[value.raw=/[a-z]{3}/]`,
    `${place} > ConditionalExpression.value > Literal[value=/[a-z]{3}/]`,
  ]),
  // A function that returns a sentence: identifiers and class names have no blanks in their words.
  "ReturnStatement > Literal[value=/[a-z]{3} |^[A-Z][a-z]{2}/]",
  "ReturnStatement > TemplateLiteral > TemplateElement[value.raw=/[a-z]{3} /]",
  "ReturnStatement > ConditionalExpression > Literal[value=/[a-z]{3} |^[A-Z][a-z]{2}/]",
  "CallExpression[callee.name=/^(chartFigure|showEmpty|axisStyle)$/] > Literal[value=/[a-z]{3} |^[A-Z][a-z]{2}/]",
].map((selector) => ({ selector, message: "Give words to l10n.t, so that they can be translated." }));

/** Import rules of one room, as eslint patterns. */
function roomRules(room) {
  const forbidden = ROOMS.filter((other) => other !== room && !MAY_IMPORT[room].includes(other));
  const patterns = [
    {
      group: [...forbidden.flatMap((other) => [`**/${other}/**`, `**/${other}`]), "**/webview/**"].filter(
        // src/engine has a runtime.ts of its own; the room src/runtime has no index to import.
        (group) =>
          !(room !== "protocol" && group === "**/webview/**") && !(room === "engine" && group === "**/runtime"),
      ),
      message: `src/${room} may import only: ${[room, ...MAY_IMPORT[room]].join(", ")}.`,
    },
  ];
  if (room === "protocol" || room === "engine") patterns.push(NODE);
  if (room !== "extension") patterns.push(VSCODE);
  if (room !== "runtime") patterns.push(ONNXRUNTIME);
  return { files: [`src/${room}/**/*.ts`], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

export default defineConfig(
  {
    ignores: [
      "dist/",
      "build/",
      "out/",
      "node_modules/",
      ".vscode-test/",
      "coverage/",
      "src/engine/training/kernels/assembly/",
    ],
  },
  js.configs.recommended,
  {
    files: ["src/**/*.ts", "webview/**/*.ts", "test/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off", // indexed reads in numeric loops
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/prefer-for-of": "off", // typed-array loops index several arrays at once
      "@typescript-eslint/no-unsafe-type-assertion": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      eqeqeq: "error",
    },
  },
  ...ROOMS.map(roomRules),
  {
    files: ["webview/**/*.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...UNTRANSLATED],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            NODE,
            VSCODE,
            ONNXRUNTIME,
            { regex: "/src/(?!protocol/)", message: "A page may import only types of src/protocol." },
          ],
        },
      ],
    },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        performance: "readonly",
        console: "readonly",
        URL: "readonly",
        Buffer: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        fetch: "readonly",
        document: "readonly",
        window: "readonly",
      },
    },
  },
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unsafe-type-assertion": "off" } },
);
