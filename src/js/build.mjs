// Makes the npm package of the sources and a folder with the generated half, `wasm/`:
// `node build.mjs VERSION FOLDER`. `cargo xtask build` runs it.

import { spawnSync } from "node:child_process";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const here = import.meta.dirname;
const repository = path.join(here, "../..");
const [version, target] = process.argv.slice(2);
const folder = path.resolve(target);

/** Files that go into the package as they are: from the repository, to the package. */
const copied = {
  "src/js/README.md": "README.md",
  "LICENSE-MIT": "LICENSE-MIT",
  "LICENSE-APACHE": "LICENSE-APACHE",
  "src/weights/default.emo": "model/default.emo",
  "src/weights/cnn.emo": "model/cnn.emo",
  "src/weights/cnn-gru.emo": "model/cnn-gru.emo",
  "src/weights/LICENSE": "model/LICENSE",
};

/** Modules of types alone, of which the compiler makes empty code. */
const withoutCode = ["listen-types", "model-file", "picture-types", "types"];

/** The manifest is `pkg.json` with the version of `Cargo.toml`. */
async function writeManifest() {
  const manifest = JSON.parse(await readFile(path.join(repository, "pkg.json"), "utf8"));
  manifest.version = version;
  await writeFile(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

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
  run("tsc", "--project", project);
}

/** Runs one of the tools that are installed beside this file. */
function run(tool, ...args) {
  const { status, error } = spawnSync(path.join(here, "node_modules/.bin", tool), args, { stdio: "inherit", cwd: here });
  if (status !== 0) throw error ?? new Error(`${tool} failed over src/js with status ${status}`);
}

/** Removes the code of modules that have none. */
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

/** Removes the types of inner modules, to which no entry point leads. */
async function pruneTypes() {
  const { exports } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const waiting = Object.values(exports).flatMap(({ types }) => (types ? path.join(folder, types) : []));
  const reached = new Set();
  while (waiting.length > 0) {
    const file = waiting.pop();
    if (reached.has(file)) continue;
    reached.add(file);
    // Every module that a declaration names is in quotes.
    const modules = (await readFile(file, "utf8")).matchAll(/"(\.[^"]*)\.js"/g);
    waiting.push(...Array.from(modules, ([, module]) => path.resolve(path.dirname(file), `${module}.d.ts`)));
  }
  const written = (await readdir(folder, { recursive: true })).map((name) => path.join(folder, name));
  const unreached = written.filter((file) => file.endsWith(".d.ts") && !reached.has(file));
  await Promise.all(unreached.map((file) => rm(file)));
}

/** Has the generated types bring the library that declares `Symbol.dispose`, as the hand-written ones do: a user's compiler
 * that is set to an earlier year would not know it. */
async function nameLibrary() {
  const types = path.join(folder, "wasm/emotionai_voice.d.ts");
  await writeFile(types, `/// <reference lib="esnext.disposable" />\n${await readFile(types, "utf8")}`);
}

async function copyFiles() {
  for (const [from, to] of Object.entries(copied)) await cp(path.join(repository, from), path.join(folder, to));
  const isPage = (file) => !file.includes("node_modules") && (!path.extname(file) || file.endsWith(".md"));
  await cp(path.join(here, "docs"), path.join(folder, "docs"), { recursive: true, filter: isPage });
}

// The manifest before the compiler runs: its "type" tells that the generated code is an ES module.
await writeManifest();
await compile();
await nameLibrary();
await pruneCode();
await pruneTypes();
await copyFiles();
const wasm = await readFile(path.join(folder, "wasm/emotionai_voice_bg.wasm"));
console.log(`package: wasm ${Math.round(wasm.length / 1000)} kB (${Math.round(gzipSync(wasm, { level: 9 }).length / 1000)} kB gzip)`);
