// webpack 5: a production build, served under a sub-path.

import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { packagePolicy, serve } from "../../support/server.mjs";
import { project, runIn } from "../../support/projects.mjs";
import { answerUnderNode, assertWorks, patience, startVisitor } from "../../support/visitor.mjs";

let visitor, expected;
before(async () => ([visitor, expected] = await Promise.all([startVisitor(), answerUnderNode()])));
after(() => visitor?.close());

test("a build loads, hears a file and the microphone", patience, async (t) => {
  const { stdout } = await runIn("webpack", "webpack");
  assert.doesNotMatch(stdout, /WARNING|ERROR/);
  const dist = path.join(project("webpack"), "dist");
  await copyFile(path.join(project("webpack"), "index.html"), path.join(dist, "index.html"));
  const site = await serve(dist, { policy: packagePolicy });
  t.after(() => site.close());
  await assertWorks(await visitor.visit(site.url), expected);
});
