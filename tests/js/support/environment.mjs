// Where the things under test lie. `cargo xtask test` says so; the defaults suit a run by hand after `cargo xtask build`.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const repository = path.resolve(import.meta.dirname, "../../..");

const fromEnvironment = (name, fallback) => path.resolve(process.env[name] || path.join(repository, fallback));

/** The npm package. */
export const packageDir = fromEnvironment("PKG_DIR", "pkg");
/** The native `train` program. */
export const trainProgram = fromEnvironment("TRAIN_BIN", "target/release/train");
export const chromiumProgram = process.env.CHROMIUM || "/usr/bin/chromium";
/** The unpacked RAVDESS recordings (`Actor_01/…`), or null. */
export const ravdessDir = process.env.RAVDESS_DIR ? path.resolve(process.env.RAVDESS_DIR) : null;

/** The page with all it needs, as `cargo xtask site` assembles it. */
export const distDir = fromEnvironment("DIST_DIR", "www/dist");
/** The sources of the page. */
export const wwwDir = path.join(repository, "www");
/** The model files of the repository, the baseline among them. */
export const weightsDir = path.join(repository, "src/weights");
/** The synthetic voice that the repository carries. */
export const voicePath = path.join(repository, "tests/data/voice.wav");

/** Imports a module of the package by its file name. */
export const importModule = (name) => import(pathToFileURL(path.join(packageDir, name)));

/** Reads a file of the package. */
export const readPackaged = (name) => readFile(path.join(packageDir, name));

/**
 * Fails with what to do where a file is missing that a test needs.
 * @param {string} variable what names it in the environment
 * @param {string} file
 */
export function expectFile(variable, file) {
  if (existsSync(file)) return;
  throw new Error(`${variable}: expected ${file} to exist; run \`cargo xtask test\`, which makes it, or set ${variable}`);
}

if (ravdessDir) expectFile("RAVDESS_DIR", path.join(ravdessDir, "Actor_01/03-01-01-01-01-01-01.wav"));
