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

/** The manifest is `pkg.json` with the version of `Cargo.toml`. */
async function writeManifest() {
  const manifest = JSON.parse(await readFile(path.join(repository, "pkg.json"), "utf8"));
  manifest.version = version;
  await writeFile(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * Writes a declaration file for each module. The sources say `./wasm/emotionai_voice.js`: `rootDirs` lays their folder and the
 * package's over each other, so that the compiler finds the generated types.
 */
async function writeTypes() {
  const project = `${folder}.tsconfig.json`;
  const settings = {
    extends: path.join(here, "tsconfig.json"),
    compilerOptions: { rootDir: here, rootDirs: [here, folder], outDir: folder, emitDeclarationOnly: true, noEmitOnError: true },
  };
  await writeFile(project, JSON.stringify(settings));
  run("tsc", "--project", project);
}

/**
 * Bundles one file for each entry point. The Worker and the worklet are files of their own, and so are the generated bindings; the
 * React hook imports the main entry point. Names stay readable, for stack traces.
 */
function bundle() {
  const entryPoints = ["index", "react", "worker", "worklet"].map((name) => `${name}.ts`);
  const external = ["react", "./index.js", "./wasm/emotionai_voice.js"].map((name) => `--external:${name}`);
  const format = ["--bundle", "--format=esm", "--target=es2022", "--charset=utf8", "--minify-whitespace", "--minify-syntax"];
  run("esbuild", ...entryPoints, ...format, ...external, `--outdir=${folder}`, "--log-level=warning");
}

/** Runs one of the tools that are installed beside this file. */
function run(tool, ...args) {
  const { status, error } = spawnSync(path.join(here, "node_modules/.bin", tool), args, { stdio: "inherit", cwd: here });
  if (status !== 0) throw error ?? new Error(`${tool} failed over src/js with status ${status}`);
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
await writeTypes();
bundle();
await nameLibrary();
await pruneTypes();
await copyFiles();
const wasm = await readFile(path.join(folder, "wasm/emotionai_voice_bg.wasm"));
console.log(`package: wasm ${Math.round(wasm.length / 1000)} kB (${Math.round(gzipSync(wasm, { level: 9 }).length / 1000)} kB gzip)`);
