// What a reader copies out of the package's documentation runs as it stands.

import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { voicePath } from "../support/environment.mjs";
import { serve } from "../support/server.mjs";
import { fences } from "../support/fences.mjs";
import { project, runIn } from "../support/projects.mjs";
import { driveRecipe, writeRecipe } from "../support/recipes.mjs";
import { answerUnderNode, patience, startVisitor } from "../support/visitor.mjs";

let visitor, site, expected;
before(async () => {
  site = await serve(project("plain"), { policy: null });
  [visitor, expected] = await Promise.all([startVisitor(), answerUnderNode()]);
});
after(async () => {
  await visitor?.close();
  await site?.close();
});

test("the code of the README is one program, and answers", patience, async (t) => {
  const readme = await readFile(path.join(project("plain"), "node_modules/emotionai-voice/README.md"), "utf8");
  const blocks = fences(readme).filter(({ language }) => language === "js");
  assert.ok(blocks.length >= 2);
  await writeFile(path.join(project("plain"), "readme.js"), blocks.map(({ code }) => code).join("\n"));
  const page = '<!doctype html><script type="importmap">{ "imports": { "emotionai-voice": "./node_modules/emotionai-voice/index.js" } }</script>';
  await writeFile(path.join(project("plain"), "readme.html"), page);

  const visit = await visitor.visit(`${site.url}readme.html`);
  const logged = [];
  visit.page.on("console", (message) => logged.push(message.text()));
  await visit.page.evaluate(async (base64) => {
    // What the README takes for granted: a file, two more of the visitor's voice, a meter.
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const file = new File([bytes], "voice.wav");
    Object.assign(globalThis, { file, first: file, second: file, meter: document.createElement("meter") });
    await import(new URL("readme.js", document.baseURI));
  }, (await readFile(voicePath)).toString("base64"));
  t.diagnostic(`${blocks.length} blocks; ${logged.join("; ")}`);
  assert.match(logged.join("\n"), /^0 \d+ /m, "the windows of the file were printed");
  assert.deepEqual(visit.problems, []);
});

test("the plain recipe answers a file and the microphone", patience, async () => {
  await writeRecipe("plain", ".", "plain.html");
  const visit = await visitor.visit(`${site.url}plain.html`);
  await visit.page.waitForFunction(() => document.querySelector("button").onclick);
  await driveRecipe(visit.page.locator("html"), expected);
  assert.deepEqual(visit.problems, []);
});

test("the recipe for Node answers a file", patience, async () => {
  await writeRecipe("node", ".", "node.mjs");
  await copyFile(voicePath, path.join(project("node"), "voice.wav"));
  const { stdout } = await runIn("node", "node", ["node.mjs"]);
  assert.equal(stdout.trim(), expected.label ?? expected.state);
});
