// What the linter looks for: in the page, and in its tests.
import js from "@eslint/js";
import globals from "globals";

const rules = {
  eqeqeq: "error",
  "no-var": "error",
  "prefer-const": "error",
  "no-unused-vars": ["error", { ignoreRestSiblings: true, argsIgnorePattern: "^_", caughtErrors: "none" }],
};

export default [
  js.configs.recommended,
  { rules },
  { files: ["page/*.js", "page/texts/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["page/sw.js"], languageOptions: { globals: globals.serviceworker } },
  // The theme is read before anything else, and is no module.
  { files: ["page/theme.js"], languageOptions: { sourceType: "script" } },
  // What a test gives to the browser runs there.
  { files: ["tests/**/*.mjs", "*.js"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
