// Vite: its dev server, and a build served under a sub-path; and the documentation's recipes for the frameworks.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { packagePolicy, serve } from "../../support/server.mjs";
import { project, runIn, startIn } from "../../support/projects.mjs";
import { driveButton, driveRecipe, writeReadmeComponent, writeRecipe } from "../../support/recipes.mjs";
import { answerUnderNode, assertWorks, patience, startVisitor } from "../../support/visitor.mjs";

let visitor, expected;
before(async () => {
  for (const file of ["React.jsx", "Vue.vue", "Svelte.svelte"]) await writeRecipe("vite", "src/recipes", file);
  await writeReadmeComponent("vite", "src/recipes", "Readme.jsx");
  [visitor, expected] = await Promise.all([startVisitor(), answerUnderNode()]);
});
after(() => visitor?.close());

test("from the dev server, with nothing in its cache and again, a page loads, hears a file and the microphone", patience, async (t) => {
  const ready = /http:\/\/127\.0\.0\.1:\d+\//;
  const server = await startIn("vite", "vite", ["--port", "0", "--host", "127.0.0.1", "--force"], ready);
  t.after(() => server.close());
  const [url] = server.said().match(ready);
  for (const round of ["first", "second"]) {
    const visit = await visitor.visit(url);
    await assertWorks(visit, expected);
    await visit.page.close();
    t.diagnostic(`${round} visit: ${visit.requests.length} requests`);
  }
});

describe("a build under a sub-path and the promised policy", () => {
  let site;
  before(async () => {
    await runIn("vite", "vite", ["build"]);
    // The icon of these pages is a `data:` address.
    site = await serve(path.join(project("vite"), "dist"), { policy: `${packagePolicy}; img-src data:` });
  });
  after(() => site?.close());

  test("loads, hears a file and the microphone", patience, async () => {
    await assertWorks(await visitor.visit(site.url), expected);
  });

  test("the recipes for React, Vue and Svelte answer a file and the microphone", patience, async () => {
    const visit = await visitor.visit(`${site.url}recipes.html`);
    for (const framework of ["react", "vue", "svelte"]) await driveRecipe(visit.page.locator(`#${framework}`), expected);
    await driveButton(visit.page.locator("#readme"), /^(?!no-speech)\w/);
    assert.deepEqual(visit.problems, []);
  });
});
