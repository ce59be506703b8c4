// React as one ES module, made of the CommonJS files that npm has: browsers take no others.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const folder = (name) => path.dirname(require.resolve(`${name}/package.json`));

/** What each is asked for by, and where its development build lies. */
const files = {
  react: path.join(folder("react"), "cjs/react.development.js"),
  scheduler: path.join(folder("scheduler"), "cjs/scheduler.development.js"),
  "react-dom": path.join(folder("react-dom"), "cjs/react-dom.development.js"),
  "react-dom/client": path.join(folder("react-dom"), "cjs/react-dom-client.development.js"),
};

/** The text of a module that exports what the tests and the package's hook import. */
export async function reactModule() {
  const modules = await Promise.all(
    Object.entries(files).map(async ([name, file]) => `${JSON.stringify(name)}(module, exports, require) {\n${await readFile(file, "utf8")}\n}`),
  );
  return `
    const process = { env: { NODE_ENV: "development" } };
    const modules = {${modules.join(",\n")}};
    const loaded = {};
    function require(name) {
      if (!loaded[name]) {
        loaded[name] = { exports: {} };
        modules[name](loaded[name], loaded[name].exports, require);
      }
      return loaded[name].exports;
    }
    export const { createElement, StrictMode, useEffect, useMemo, useRef, useState, useSyncExternalStore } = require("react");
    export const { createRoot } = require("react-dom/client");
  `;
}
