// Next.js: built by either of its bundlers, rendered on the server and taken over in the browser, under a sub-path.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { runIn, startIn } from "../../support/projects.mjs";
import { answerUnderNode, assertWorks, patience, startVisitor } from "../../support/visitor.mjs";

const quiet = { NEXT_TELEMETRY_DISABLED: "1" };

let visitor, expected;
before(async () => ([visitor, expected] = await Promise.all([startVisitor(), answerUnderNode()])));
after(() => visitor?.close());

for (const bundler of ["turbopack", "webpack"]) {
  test(`${bundler}: the server renders with the package imported; the browser loads, hears a file and the microphone`, patience, async (t) => {
    await runIn("next", "next", ["build", `--${bundler}`], quiet);
    const server = await startIn("next", "next", ["start", "--port", "0", "--hostname", "127.0.0.1"], /Ready in/, quiet);
    t.after(() => server.close());
    const [origin] = server.said().match(/http:\/\/127\.0\.0\.1:\d+/);
    const url = `${origin}/some/where`;
    const rendered = await (await fetch(url)).text();
    assert.match(rendered, /imported on the server/);
    assert.match(rendered, /<p id="client">function function<\/p>/);
    await assertWorks(await visitor.visit(url), expected);
  });
}
