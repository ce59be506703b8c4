// The types, as their readers see them.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { packageDir } from "../support/environment.mjs";

test("everything that is exported is documented, with an example", async () => {
  const read = (name) => readFile(path.join(packageDir, `${name}.d.ts`), "utf8");
  const files = (await readdir(packageDir, { recursive: true })).filter((name) => /^(?!wasm|node_modules).*\.d\.ts$/.test(name));
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

/** What a declaration has for its reader to use: each member's doc, what it begins with, and its name. */
async function membersOf(file, declaration) {
  const text = await readFile(path.join(packageDir, `${file}.d.ts`), "utf8");
  const start = text.indexOf(declaration);
  assert.ok(start >= 0, declaration);
  const body = text.slice(start, text.indexOf("\n}", start));
  const member = /(\/\*\*(?:(?!\*\/)[^])*\*\/\s*)?^ {4}((?:static |readonly |get )*)(?!private\b)([\w[\].]+)(?=[<(:?])/gm;
  return [...body.matchAll(member)].map(([, doc = "", kind, name]) => ({ doc, isField: kind.includes("readonly"), isGetter: kind.includes("get"), name }));
}

const classes = [
  ["recognizer", "class EmotionRecognizer", 13],
  ["listen/session", "class ListenSession", 10],
  ["errors", "class EmotionError extends", 2],
  ["listen-types", "interface ListenStateChange", 2],
  ["react", "interface UseEmotionRecognizer<", 4],
];
for (const [file, declaration, least] of classes) {
  test(`every member of the ${declaration} is documented, with an example, and what may fail says how`, async () => {
    const members = await membersOf(file, declaration);
    assert.ok(members.length >= least, `${members.map(({ name }) => name)}`);
    const cannotFail = ["constructor", "dispose", "[Symbol.dispose]", "addEventListener", "removeEventListener"];
    for (const { doc, isField, isGetter, name } of members) {
      assert.match(doc, /\/\*\*/, `${name} has no doc`);
      if (isField || declaration.includes("Change")) continue;
      assert.match(doc, /@example/, `${name} has no example`);
      if (!isGetter && !cannotFail.includes(name)) assert.match(doc, /@throws \{EmotionError\}|Never (throws|rejects)/, `${name} does not say what it throws`);
    }
  });
}
