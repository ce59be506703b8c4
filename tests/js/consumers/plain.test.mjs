// The files of the package on a static server, and a module script: no bundler, no start-up code, the strictest policy.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";

import { packagePolicy, serve } from "../support/server.mjs";
import { project } from "../support/projects.mjs";
import { answerUnderNode, assertWorks, patience, startVisitor } from "../support/visitor.mjs";

let visitor, expected;
before(async () => ([visitor, expected] = await Promise.all([startVisitor(), answerUnderNode()])));
after(() => visitor?.close());

test("under a sub-path and the promised policy a page loads, hears a file and the microphone", patience, async (t) => {
  const site = await serve(project("plain"), { policy: packagePolicy });
  t.after(() => site.close());
  const visit = await visitor.visit(site.url);
  await assertWorks(visit, expected);
  assert.ok(site.requests.every((request) => request.startsWith(`GET ${site.prefix}`)), `${site.requests}`);
  const kept = await visit.page.evaluate(async () => [
    document.cookie.length,
    localStorage.length + sessionStorage.length,
    (await indexedDB.databases()).length + (await caches.keys()).length,
  ]);
  assert.deepEqual(kept, [0, 0, 0], "nothing was stored");

  // The policy is in force, and a breach of it would have been a problem.
  const attempts = await visit.page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.documentElement.append(script);
    return [Boolean(globalThis.ran), await fetch("http://192.0.2.1/").catch((error) => error.name)];
  });
  assert.deepEqual(attempts, [false, "TypeError"]);
  assert.match(visit.problems.join(), /Content Security Policy/);
});

test("from another origin, as a CDN serves it, a page loads, hears a file and the microphone", patience, async (t) => {
  const cdn = await serve(path.join(project("plain"), "node_modules"), {
    prefix: "/npm/",
    policy: null, headers: { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" },
  });
  t.after(() => cdn.close());
  const origin = new URL(cdn.url).origin;
  // What the page has to allow beside its own: the CDN, and a Worker from `blob:` that imports from there.
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${origin}; connect-src ${origin}; worker-src blob: ${origin}`;
  const site = await serve(project("plain"), { policy });
  t.after(() => site.close());
  const visit = await visitor.visit(`${site.url}elsewhere.html?package=${encodeURIComponent(`${cdn.url}emotionai-voice/index.js`)}`);
  await assertWorks(visit, expected);
  assert.ok(cdn.requests.some((request) => request.endsWith("/worker.js")), "the Worker came from there");
  assert.ok(!site.requests.some((request) => request.includes("node_modules")), `${site.requests}`);
});
