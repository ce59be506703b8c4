// The built package, as a user has it.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

/** The folder of the package: `PKG_DIR`, or what `cargo xtask build` leaves. */
export const packageDir = path.resolve(process.env.PKG_DIR ?? path.join(here, "../../../pkg"));

/** Imports a module of the package by its file name. */
export const importModule = (name) => import(pathToFileURL(path.join(packageDir, name)));

/** Reads a file of the package. */
export const readPackaged = (name) => readFile(path.join(packageDir, name));

/** The synthetic voice that the repository carries. */
export const voicePath = path.resolve(here, "../../data/voice.wav");
