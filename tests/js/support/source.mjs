// The inner modules of the package, which its bundles do not export: TypeScript, compiled as Node imports it.

import { register } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { packageDir } from "./environment.mjs";

/** The folder of the sources. */
export const sourceDir = new URL("../../../src/js/", import.meta.url);

const bindings = pathToFileURL(path.join(packageDir, "wasm/")).href;
register("./source-hooks.mjs", import.meta.url, { data: { sources: sourceDir.href, bindings } });

/** Imports a module by its path below `src/js`, without its extension. */
export const importSource = (name) => import(new URL(`${name}.ts`, sourceDir));
