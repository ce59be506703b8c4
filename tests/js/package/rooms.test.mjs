// The rooms of `src/js`: which may import which, and no circles among modules, type imports included.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { sourceDir } from "../support/source.mjs";

/** A folder is a room. The modules at the root form two: those that every room may use, and those above all rooms. */
const BASE = ["abort", "errors", "listen-types", "model-file", "options", "package-files", "picture-types", "types", "values", "worklet"];
const TOP = ["index", "live-store", "react", "recognizer", "worker"];

/** What each room may import, itself included. */
const ALLOWED = {
  base: ["base"],
  load: ["base", "load"],
  engine: ["base", "engine"],
  input: ["base", "load", "engine", "input"],
  results: ["base", "engine", "input", "results"],
  listen: ["base", "engine", "input", "results", "listen"],
  top: ["base", "load", "engine", "input", "results", "listen", "top"],
};

/** The only modules that name the generated bindings. */
const BOUND = ["engine/bindings", "package-files", "worker"];

/** The room of a module, by its path without extension; `undefined` for one that the lists above lack. */
function roomOf(module) {
  const folder = path.posix.dirname(module);
  if (folder !== ".") return folder in ALLOWED ? folder : undefined;
  if (BASE.includes(module)) return "base";
  return TOP.includes(module) ? "top" : undefined;
}

/** The modules that a module imports, by their paths without extension. */
function importsOf(module, text) {
  const code = text.replace(/^\s*(\/\/.*|\/\*\*?[^]*?\*\/|\*.*)$/gm, "");
  const specifiers = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)\.js"/g)].map(([, specifier]) => specifier);
  return [...new Set(specifiers)].map((specifier) => path.posix.join(path.posix.dirname(module), specifier));
}

/** What is wrong with modules, given as their texts by path. */
function problemsOf(texts) {
  const problems = [];
  const graph = new Map(Object.entries(texts).map(([module, text]) => [module, importsOf(module, text)]));
  for (const [module, imports] of graph) {
    const room = roomOf(module);
    if (!room) problems.push(`${module} lies in no room`);
    for (const imported of imports) {
      if (imported.startsWith("wasm/")) {
        if (!BOUND.includes(module)) problems.push(`${module} imports ${imported}`);
      } else if (!graph.has(imported)) {
        problems.push(`${module} imports ${imported}, which is not there`);
      } else if (room && !ALLOWED[room].includes(roomOf(imported))) {
        problems.push(`${module} imports ${imported}: ${room} may not import ${roomOf(imported)}`);
      }
    }
  }
  const done = new Set();
  const visit = (module, way) => {
    if (way.includes(module)) problems.push(`circle: ${[...way.slice(way.indexOf(module)), module].join(" > ")}`);
    if (way.includes(module) || done.has(module)) return;
    for (const imported of graph.get(module) ?? []) visit(imported, [...way, module]);
    done.add(module);
  };
  for (const module of graph.keys()) visit(module, []);
  return problems;
}

test("every module of src/js keeps to its room, and there are no circles", async () => {
  const files = (await readdir(sourceDir, { recursive: true })).map((file) => file.split(path.sep).join("/"));
  const modules = files.filter((file) => /^(?!node_modules|docs)[^.]*\.ts$/.test(file)).map((file) => file.slice(0, -3));
  assert.ok(modules.length > 40, `${modules}`);
  const texts = await Promise.all(modules.map(async (module) => [module, await readFile(new URL(`${module}.ts`, sourceDir), "utf8")]));
  assert.deepEqual(problemsOf(Object.fromEntries(texts)), []);
});

test("a wrong import, a circle of types, an unknown room and a missing module are found", () => {
  const problems = problemsOf({
    errors: "",
    "load/a": 'import { b } from "./b.js";\nimport { e } from "../errors.js";\n// import { c } from "../listen/c.js";',
    "load/b": 'import type { A } from "./a.js";',
    "engine/d": 'import {\n  c,\n  type C,\n} from "../listen/c.js";\nexport type W = typeof import("../wasm/w.js");',
    "listen/c": 'export type * from "../gone.js";',
    "attic/f": "",
    index: 'const later = () => import("./listen/c.js");',
  });
  assert.deepEqual(problems, [
    "engine/d imports listen/c: engine may not import listen",
    "engine/d imports wasm/w",
    "listen/c imports gone, which is not there",
    "attic/f lies in no room",
    "circle: load/a > load/b > load/a",
  ]);
});
