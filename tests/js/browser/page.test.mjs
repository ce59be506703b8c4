// The page itself: loading and its failure, the keyboard, small screens, names for those who do not see it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { tenClips } from "../support/clips.mjs";
import { startDemo } from "../support/demo.mjs";

let stage, clip;
before(async () => {
  [clip] = await tenClips();
  stage = await startDemo();
});
after(() => stage?.close());

test("it loads under a sub-path without a warning, and names its model and licence", async () => {
  const demo = await stage.open();
  assert.match(await demo.page.locator("#model").textContent(), /^Model \S+, licence \S.+\.$/);
  assert.match(await demo.page.locator("footer").textContent(), /not what a person feels/);
  assert.equal((await demo.read()).labels.length, 8);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

for (const part of ["**/*.emo", "**/*.wasm", "**/emotionai-voice/index.js"]) {
  test(`without ${part} it says so, and loads on the second try`, async () => {
    const demo = await stage.open({ ready: false, prepare: (context) => context.route(part, (route) => route.abort()) });
    await demo.waitFor("error");
    assert.equal((await demo.read()).error, "NETWORK");
    assert.ok(await demo.page.locator("#speak").isDisabled());
    await demo.context.unrouteAll();
    await demo.page.locator("#retry").click();
    await demo.waitFor("ready");
    assert.equal((await demo.choose(clip)).page, "result");
    await demo.close();
  });
}

test("a file dropped while the model loads is answered once it has loaded", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const demo = await stage.open({
    ready: false,
    prepare: (context) => context.route("**/*.emo", async (route) => (await held, route.continue())),
  });
  await demo.drop(clip);
  assert.equal(await demo.waitFor("loading"), "loading");
  release();
  await demo.waitFor("result");
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("it is worked by keyboard alone", async () => {
  const demo = await stage.open();
  // Listened for from here on: on a busy machine, the browser may take the key before it learns that someone waits.
  const chooser = demo.page.waitForEvent("filechooser");
  const focused = () => demo.page.evaluate(() => document.activeElement.id);
  await demo.page.keyboard.press("Tab");
  assert.equal(await focused(), "speak");
  await demo.page.keyboard.press("Tab");
  assert.equal(await focused(), "file");
  await demo.page.keyboard.press("Enter");
  await (await chooser).setFiles(clip);
  assert.equal(await demo.waitFor("result", "error"), "result");
  await demo.close();
});

test("every control and every bar has a name", async () => {
  const demo = await stage.open();
  const { labels } = await demo.choose(clip);
  const { page } = demo;
  await page.getByRole("button", { name: "Start speaking" }).waitFor();
  await page.getByLabel("choose an audio file").waitFor({ state: "attached" });
  await page.getByRole("list", { name: /emotion/ }).waitFor();
  for (const label of labels) await page.getByRole("meter", { name: label, exact: true }).waitFor({ state: "attached" });
  await demo.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`nothing is cut off at 320 pixels, ${colorScheme}`, async () => {
    const demo = await stage.open({ context: { viewport: { width: 320, height: 640 }, colorScheme } });
    await demo.choose(clip);
    const { scrollWidth, clientWidth } = await demo.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { scrollWidth, clientWidth };
    });
    assert.ok(scrollWidth <= clientWidth, `expected at most ${clientWidth} pixels, got ${scrollWidth}`);
    await demo.close();
  });
}
