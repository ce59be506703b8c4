// The built package in Debian's Chromium: a bare page under the promised content security policy, and a microphone that beeps.

import assert from "node:assert/strict";
import path from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";

import { launch, microphone } from "./chromium.mjs";
import { packageDir, voicePath } from "./environment.mjs";
import { packagePolicy, serve } from "./server.mjs";

/** A browser, a site that carries the package (and what `extra` has: a body and its type by path), and a CDN that does. */
export async function startChromium(extra = {}) {
  const pages = ({ url }, response, next) => {
    if (url.startsWith("/pkg/")) return next();
    // What the tests bring along has code of its own in its pages.
    if (url === "/lax" || Object.hasOwn(extra, url)) response.removeHeader("content-security-policy");
    const [body, type] = extra[url] ?? ["<!doctype html><title>test</title>", "text/html"];
    return response.writeHead(200, { "content-type": type }).end(body);
  };
  const requests = [];
  const log = ({ url }, _, next) => {
    requests.push(url.split("?")[0]);
    next();
  };
  const mounts = [["", log], ["pkg/", packageDir], ["", path.dirname(voicePath)], ["", pages]];
  // Progress is told in shares of a file's length.
  const site = await serve(mounts, { prefix: "/", compressed: false, policy: packagePolicy });
  const cdn = await serve([["pkg/", packageDir]], { prefix: "/", policy: null, headers: { "access-control-allow-origin": "*" } });
  const browser = await launch(microphone);
  return {
    /** The paths that the site was asked for, in the order of arrival. */
    requests,
    cdn: cdn.origin,
    /** A page with the package's exports and a few helpers in `globalThis.t`. */
    async open({ url = "/", from = "" } = {}) {
      const page = await browser.newPage();
      const problems = [];
      page.on("pageerror", (error) => problems.push(error.stack));
      await page.goto(site.origin + url);
      await page.evaluate(async (from) => {
        const exports = await import(`${from}/pkg/index.js`);
        const heard = (session, type, n = 1) =>
          new Promise((resolve) => {
            const details = [];
            session.addEventListener(type, ({ detail }) => details.push(detail) === n && resolve([...details]));
          });
        /** The loudest that a session hears until there is sound, or for five seconds. */
        const loudest = async (session) => {
          const began = performance.now();
          let most = 0;
          while (most < 0.01 && performance.now() - began < 5_000) most = Math.max(most, ...(await heard(session, "level")));
          return most;
        };
        const failed = (promise) => promise.then(() => "nothing failed", ({ code, message }) => code ?? message);
        /** Every object of a global class that is made from here on. */
        const made = (name) => {
          const all = [];
          globalThis[name] = class extends globalThis[name] {
            constructor(...args) {
              super(...args);
              all.push(this);
            }
          };
          return all;
        };
        /** Waits until a condition holds, for ten seconds at most. */
        const until = async (condition) => {
          const deadline = performance.now() + 10_000;
          while (!condition()) {
            if (performance.now() > deadline) throw new Error(`in vain: ${condition}`);
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        };
        const voice = () => fetch("/voice.wav").then((response) => response.arrayBuffer());
        globalThis.t = { ...exports, heard, loudest, failed, made, until, voice };
      }, from);
      return { page, problems, run: (...args) => page.evaluate(...args) };
    },
    async close() {
      await browser.close();
      await Promise.all([site.close(), cdn.close()]);
    },
  };
}

/** Gives a file's tests a browser, and each test a page of its own, in which no error may go uncaught. */
export function chromiumPages() {
  let chromium, tab;
  before(async () => (chromium = await startChromium()));
  after(() => chromium?.close());
  beforeEach(async () => (tab = await chromium.open()));
  afterEach(async () => {
    assert.deepEqual(tab.problems, [], "no error went uncaught");
    await tab.page.close();
  });
  return {
    /** Runs a function in the test's page. */
    run: (...args) => tab.run(...args),
    open: (options) => chromium.open(options),
    get requests() {
      return chromium.requests;
    },
  };
}

/** Waits until a page has no Worker left, whose end Chromium reports a little later. */
export async function workersEnded(page) {
  await Promise.all(page.workers().map((worker) => worker.waitForEvent("close")));
}
