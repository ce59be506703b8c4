// Module hooks of Node that compile the TypeScript in `src/js`, and find the generated bindings in the built package.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

let sources, bindings, transform;

export function initialize(data) {
  ({ sources, bindings } = data);
  // The compiler that bundles the package.
  ({ transform } = createRequire(new URL("package.json", sources))("esbuild"));
}

export function resolve(specifier, context, next) {
  if (!context.parentURL?.startsWith(sources) || !specifier.startsWith(".")) return next(specifier, context);
  const url = new URL(specifier, context.parentURL).href;
  if (url.startsWith(`${sources}wasm/`)) return next(url.replace(`${sources}wasm/`, bindings), context);
  return { url: url.replace(/\.js$/, ".ts"), shortCircuit: true };
}

export async function load(url, context, next) {
  if (!url.startsWith(sources) || !url.endsWith(".ts")) return next(url, context);
  const { code } = await transform(await readFile(new URL(url), "utf8"), { loader: "ts", target: "es2022", sourcefile: url });
  return { format: "module", source: code, shortCircuit: true };
}
