// The types, as strict consumers see them: under every way of resolving modules, their libraries checked too.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { packageDir } from "./support/package.mjs";

const here = (relative) => fileURLToPath(new URL(relative, import.meta.url));
// Installed to compile the package.
const tsc = here("../../src/js/node_modules/.bin/tsc");

let project;
before(async () => {
  project = await mkdtemp(path.join(tmpdir(), "emotionai-types-"));
  await mkdir(path.join(project, "node_modules"));
  await symlink(packageDir, path.join(project, "node_modules/emotionai-voice"));
  await cp(here("types/consumer.ts"), path.join(project, "consumer.ts"));
  await writeFile(path.join(project, "package.json"), '{ "type": "module" }');
});
after(() => rm(project, { recursive: true }));

describe("a strict consumer compiles with", () => {
  const ways = [
    ["bundler", { module: "ESNext", moduleResolution: "bundler" }],
    ["node16", { module: "Node16", moduleResolution: "node16" }],
    ["nodenext", { module: "NodeNext", moduleResolution: "nodenext" }],
  ];
  for (const [name, settings] of ways) {
    test(name, async () => {
      const compilerOptions = {
        ...settings,
        target: "ES2022",
        lib: ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        noEmit: true,
      };
      await writeFile(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
      await promisify(execFile)(tsc, ["--project", project]).catch(({ stdout }) => assert.fail(stdout));
    });
  }
});

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
