// Compiles the hand-written half of the package into a folder that holds its package.json and the generated half, `wasm/`:
// `node build.mjs FOLDER`. `cargo xtask build` runs it.

import { spawnSync } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const here = import.meta.dirname;
const folder = path.resolve(process.argv[2]);

/** Modules of types alone, of which the compiler makes empty code. */
const withoutCode = ["listen-types", "model-file", "picture-types", "types"];

/**
 * Runs the compiler. The sources say `./wasm/emotionai_voice.js`: `rootDirs` lays their folder and the package's over each
 * other, so that this is found both by the compiler and, later, beside the compiled modules.
 */
async function compile() {
  const project = `${folder}.tsconfig.json`;
  const settings = {
    extends: path.join(here, "tsconfig.json"),
    compilerOptions: { rootDir: here, rootDirs: [here, folder], outDir: folder, noEmit: false, noEmitOnError: true },
  };
  await writeFile(project, JSON.stringify(settings));
  const tsc = path.join(here, "node_modules/.bin/tsc");
  const { status } = spawnSync(tsc, ["--project", project], { stdio: "inherit" });
  if (status !== 0) throw new Error("the TypeScript in src/js does not compile");
}

/** Has the generated types bring the library that declares `Symbol.dispose`, as the hand-written ones do: a user's compiler that is set to an earlier year would not know it. */
async function nameLibrary() {
  const types = path.join(folder, "wasm/emotionai_voice.d.ts");
  await writeFile(types, `/// <reference lib="esnext.disposable" />\n${await readFile(types, "utf8")}`);
}

/** Takes out the code of modules that have none. */
async function pruneCode() {
  for (const name of withoutCode) {
    const file = path.join(folder, `${name}.js`);
    const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.trim());
    if (!lines.every((line) => line === "" || line.startsWith("//") || line === "export {};")) {
      throw new Error(`${name}.ts was taken for types alone, and has code`);
    }
    await rm(file);
  }
}

/** Takes out the types of inner modules that no entry point's types lead to. */
async function pruneTypes() {
  const { exports } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const inFolder = (name) => /^\.\/[^/]+\.d\.ts$/.test(name);
  const reached = new Set();
  const waiting = Object.values(exports).flatMap(({ types }) => types ?? []).filter(inFolder);
  while (waiting.length > 0) {
    const name = waiting.pop();
    if (reached.has(name)) continue;
    reached.add(name);
    // Every module that a declaration names is in quotes.
    const modules = (await readFile(path.join(folder, name), "utf8")).matchAll(/"([^"]+)\.js"/g);
    waiting.push(...Array.from(modules, ([, module]) => `${module}.d.ts`).filter(inFolder));
  }
  const types = (await readdir(folder)).filter((name) => name.endsWith(".d.ts"));
  await Promise.all(types.filter((name) => !reached.has(`./${name}`)).map((name) => rm(path.join(folder, name))));
}

await compile();
await nameLibrary();
await pruneCode();
await pruneTypes();
