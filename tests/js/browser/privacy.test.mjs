// After the page has loaded, nothing goes out: no request by the page or its worker, whatever it is given to hear.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { microphonePlaying } from "../support/chromium.mjs";
import { tenClips } from "../support/clips.mjs";
import { startDemo } from "../support/demo.mjs";

let stage, clip;
before(async () => {
  [clip] = await tenClips();
  stage = await startDemo({ flags: microphonePlaying(clip) });
});
after(() => stage?.close());

/** Everything that the browser asks for and that the server is asked, from the first request on. */
async function openRecorded() {
  const browser = [];
  const served = stage.server.requests.length;
  const demo = await stage.open({
    prepare: (context) => {
      context.on("request", (request) => browser.push(`${request.method()} ${request.url()}`));
      context.on("page", (page) => page.on("websocket", (socket) => browser.push(`WEBSOCKET ${socket.url()}`)));
    },
  });
  return { demo, browser, served: () => stage.server.requests.slice(served) };
}

test("loading asks its own origin alone", async () => {
  const { demo, browser, served } = await openRecorded();
  const outside = browser.filter((request) => !request.includes(` ${stage.server.url}`));
  assert.deepEqual(outside, []);
  assert.ok(served().some((request) => request.endsWith(".emo")), `the model was fetched: ${served()}`);
  assert.ok(served().every((request) => request.startsWith("GET ")));
  await demo.close();
});

test("hearing a file and the microphone asks nobody anything", async () => {
  const { demo, browser, served } = await openRecorded();
  const before = { browser: browser.length, served: served().length };
  await demo.choose(clip);
  await demo.page.locator("#speak").click();
  await demo.waitFor("listening");
  await demo.waitForEnd(1000);
  await demo.page.locator("#speak").click();
  await demo.waitFor("result");
  assert.deepEqual(browser.slice(before.browser), []);
  assert.deepEqual(served().slice(before.served), []);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("the page works on with no server at all once it has loaded", async (t) => {
  const lone = await startDemo({ flags: microphonePlaying(clip) });
  t.after(() => lone.close().catch(() => {}));
  const demo = await lone.open();
  await lone.server.close();
  assert.equal((await demo.choose(clip)).page, "result");
  await demo.page.locator("#speak").click();
  await demo.waitFor("listening");
  await demo.waitForEnd(1000);
  await demo.page.locator("#speak").click();
  await demo.waitFor("result");
  assert.deepEqual(demo.problems, []);
});

test("the recorder sees a request when there is one, from the page and from the worker", async () => {
  const { demo, browser, served } = await openRecorded();
  const before = { browser: browser.length, served: served().length };
  const [worker] = demo.page.workers();
  assert.ok(worker, "inference runs in a worker");
  const upload = (url) => fetch(url, { method: "POST", body: new Float32Array(4) }).then(({ status }) => status);
  await demo.page.evaluate(upload, `${stage.server.url}from-page`);
  await worker.evaluate(upload, `${stage.server.url}from-worker`);
  const expected = ["from-page", "from-worker"];
  assert.deepEqual(served().slice(before.served), expected.map((name) => `POST ${stage.server.prefix}${name}`));
  assert.deepEqual(browser.slice(before.browser), expected.map((name) => `POST ${stage.server.url}${name}`));
  await demo.close();
});

test("the content security policy stops a request to another origin, from the page and from the worker", async () => {
  const { demo } = await openRecorded();
  const attempt = (url) => fetch(url).then(() => "sent", (error) => error.name);
  const other = "http://192.0.2.1/";
  assert.equal(await demo.page.evaluate(attempt, other), "TypeError");
  const [worker] = demo.page.workers();
  assert.equal(await worker.evaluate(attempt, other), "TypeError");
  assert.ok(demo.problems.some((problem) => problem.includes("Content Security Policy")), "and a breach shows up as a problem");
  await demo.close();
});
