// Where the things under test lie. `cargo xtask test` sets these; the defaults suit a run by hand after `cargo xtask build`.

import { existsSync } from "node:fs";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../../..");

const fromEnvironment = (name, fallback) => path.resolve(process.env[name] || path.join(repository, fallback));

/** The assembled demo: www/ with the package beside it. */
export const distDir = fromEnvironment("DIST_DIR", "www/dist");
/** The npm package. */
export const packageDir = fromEnvironment("PKG_DIR", "pkg");
/** The native `train` program. */
export const trainProgram = fromEnvironment("TRAIN_BIN", "target/release/train");
export const chromiumProgram = process.env.CHROMIUM || "/usr/bin/chromium";
/** The synthetic voice that stands in for RAVDESS where that is not at hand. */
export const voicePath = path.join(repository, "tests/data/voice.wav");
/** The unpacked RAVDESS recordings (`Actor_01/…`), or null. */
export const ravdessDir = process.env.RAVDESS_DIR ? path.resolve(process.env.RAVDESS_DIR) : null;

const required = {
  DIST_DIR: path.join(distDir, "index.html"),
  PKG_DIR: path.join(packageDir, "index.js"),
  TRAIN_BIN: trainProgram,
  CHROMIUM: chromiumProgram,
};
for (const [name, file] of Object.entries(required)) {
  if (!existsSync(file)) {
    throw new Error(`${name}: expected ${file} to exist; run \`cargo xtask test\`, which builds it, or set ${name}`);
  }
}
if (ravdessDir && !existsSync(path.join(ravdessDir, "Actor_01/03-01-01-01-01-01-01.wav"))) {
  throw new Error(`RAVDESS_DIR: expected ${ravdessDir} to hold Actor_01/03-01-01-01-01-01-01.wav and so on, unpacked`);
}
