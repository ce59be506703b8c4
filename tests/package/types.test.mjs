// The types, as their readers see them.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { packageDir } from "./support/package.mjs";

test("everything that is exported is documented, with an example", async () => {
  const read = (name) => readFile(path.join(packageDir, `${name}.d.ts`), "utf8");
  const files = (await readdir(packageDir)).filter((name) => name.endsWith(".d.ts"));
  const texts = new Map(await Promise.all(files.map(async (name) => [name, await readFile(path.join(packageDir, name), "utf8")])));
  const exported = [...(await read("index")).matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, names]) => names.split(","))
    .map((name) => name.replace(/\btype\b/, "").trim())
    .filter(Boolean);
  const hook = ["useEmotionRecognizer", "UseEmotionRecognizer", "UseEmotionRecognizerOptions", "LiveState"];
  assert.ok(exported.length > 30, `${exported}`);
  for (const name of [...exported, ...hook]) {
    const declaration = new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\s*export (?:declare )?(?:class|interface|type|function) ${name}\\b`);
    const doc = [...texts.values()].map((text) => declaration.exec(text)?.[1]).find(Boolean);
    assert.match(doc ?? "", /@example/, `${name} has no example`);
  }
});

test("every method of the recognizer is documented, with an example, and what may fail says how", async () => {
  const text = await readFile(path.join(packageDir, "recognizer.d.ts"), "utf8");
  const body = text.slice(text.indexOf("export declare class"));
  for (const name of ["load", "classify", "analyze", "listen", "calibrate", "setProfile", "melSpectrogram", "explain", "setModel", "dispose"]) {
    const doc = new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\s*(?:static )?${name}[<(]`).exec(body)?.[1] ?? "";
    assert.match(doc, /@example/, `${name} has no example`);
    if (name !== "dispose") assert.match(doc, /@throws \{EmotionError\}/, `${name} does not say what it throws`);
  }
});
