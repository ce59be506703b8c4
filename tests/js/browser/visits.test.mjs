// The page as its server sends it: once, again, and after an edit.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { startDemo } from "../support/demo.mjs";
import { distDir, voicePath, wwwDir } from "../support/environment.mjs";
import { demoMounts } from "../support/server.mjs";

test("a second visit moves kilobytes", async (t) => {
  const stage = await startDemo();
  t.after(() => stage.close());
  const demo = await stage.open();
  const first = stage.server.bytesSent();
  await demo.page.reload();
  await demo.waitFor("ready");
  const second = stage.server.bytesSent() - first;
  t.diagnostic(`the first visit moves ${first} bytes, the second ${second}`);
  assert.ok(first > 500_000, `the first visit fetches code and model, got ${first} bytes`);
  assert.ok(second < 50_000, `expected the second visit to move less than 50,000 bytes, got ${second}`);
  assert.deepEqual(demo.problems, []);
});

test("an edit of the page shows at the next reload", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "emotionai-www-"));
  t.after(() => rm(folder, { recursive: true }));
  await cp(wwwDir, folder, { recursive: true, filter: (file) => file !== distDir });
  const stage = await startDemo({ mounts: [["", folder], ...demoMounts.slice(1)] });
  t.after(() => stage.close());
  const demo = await stage.open();
  const edits = {
    "index.html": (text) => text.replace(/<title>.*<\/title>/, "<title>Edited</title>"),
    "style.css": (text) => `${text}\nbody { outline: 7px solid; }`,
    "main.js": (text) => `${text}\nglobalThis.edited = true;`,
  };
  for (const [name, edit] of Object.entries(edits)) {
    const file = path.join(folder, name);
    await writeFile(file, edit(await readFile(file, "utf8")));
  }
  await demo.page.reload();
  await demo.waitFor("ready");
  const shown = await demo.page.evaluate(() => [document.title, getComputedStyle(document.body).outlineWidth, globalThis.edited]);
  assert.deepEqual(shown, ["Edited", "7px", true]);
  assert.deepEqual(demo.problems, []);
});

test("the assembled page answers from any static server", async (t) => {
  const stage = await startDemo({ mounts: distDir });
  t.after(() => stage.close());
  const demo = await stage.open();
  assert.equal((await demo.choose(voicePath)).page, "result");
  await demo.page.locator("#model-choice").selectOption("plain");
  await demo.until(async () => stage.server.requests.some((request) => request.endsWith("/models/plain.emo")), "the baseline");
  assert.equal((await demo.choose(voicePath)).page, "result");
  assert.deepEqual(demo.problems, []);
});
