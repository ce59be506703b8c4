// The recipes of the package's documentation as files: what a reader copies is what the tests run.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { voicePath } from "./environment.mjs";
import { wav } from "./wav.mjs";
import { fences } from "./fences.mjs";
import { project } from "./projects.mjs";

/** Writes the README's component into a folder of a project. */
export async function writeReadmeComponent(name, folder, file) {
  const readme = path.join(project(name), "node_modules/emotionai-voice/README.md");
  const { code } = fences(await readFile(readme, "utf8")).find(({ language }) => language === "jsx");
  await writeFile(path.join(project(name), folder, file), `${code}\nexport { Mood };\n`);
}

/** Writes the recipe that is named by its file into a folder of a project. */
export async function writeRecipe(name, folder, file) {
  const docs = path.join(project(name), "node_modules/emotionai-voice/docs/recipes.md");
  const recipes = fences(await readFile(docs, "utf8"));
  const recipe = recipes.find((block) => block.name === file);
  if (!recipe) throw new Error(`expected ${docs} to hold a block named ${file}, got ${recipes.map((block) => block.name)}`);
  const directory = path.join(project(name), folder);
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, file), recipe.code);
}

const silence = { name: "silence.wav", mimeType: "audio/wav", buffer: wav(new Float32Array(32_000)) };

/** Gives a recipe (its part of a page) a voice, silence, and the microphone, and waits for the answers. */
export async function driveRecipe(recipe, expected) {
  const output = recipe.locator("output");
  await recipe.locator("input[type=file]:enabled").setInputFiles(voicePath);
  await output.filter({ hasText: expected.label ?? expected.state }).waitFor();
  await recipe.locator("input[type=file]").setInputFiles(silence);
  await output.filter({ hasText: "no-speech" }).waitFor();
  await driveButton(recipe, /^(?!no-speech)./);
}

/** Lets a recipe listen until it shows what it should. */
export async function driveButton(recipe, heard) {
  const button = recipe.locator("button:enabled");
  await button.click();
  await button.filter({ hasText: "Stop" }).waitFor();
  await recipe.locator("output").filter({ hasText: heard }).waitFor();
  await button.click();
  await button.filter({ hasText: "Listen" }).waitFor();
}
