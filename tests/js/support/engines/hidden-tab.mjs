// A tab that another one hides. Playwright tells every page that it is in front, so the tests of the package cannot ask this.

import assert from "node:assert/strict";
import { test } from "node:test";

import { packagePolicy, serve } from "../server.mjs";
import { project } from "../projects.mjs";
import { until } from "./engine.mjs";

/**
 * Registers the test for an engine.
 * @param {() => Promise<import("./engine.mjs").Engine>} start
 */
export function testHiddenTab(start) {
  test("in a hidden tab the microphone is heard on", async (t) => {
    const site = await serve(project("plain"), { policy: packagePolicy });
    t.after(() => site.close());
    const engine = await start();
    t.after(() => engine.close());
    const tab = await engine.open(site.url);
    await until(tab, "the package to be imported", () => Boolean(globalThis.emotionai));
    await tab.click("html");
    await tab.run(async () => {
      const recognizer = await globalThis.emotionai.EmotionRecognizer.load();
      globalThis.session = await recognizer.listen();
      globalThis.states = [];
      globalThis.session.addEventListener("state", ({ detail }) => globalThis.states.push(detail.state));
      globalThis.hiddenEnds = [];
      globalThis.session.addEventListener("result", ({ detail }) => document.hidden && globalThis.hiddenEnds.push(detail.endMs));
    });
    const front = await engine.open(site.url);
    await front.show();
    await until(tab, "the tab to be hidden", () => document.hidden);
    await until(tab, "four results while it is hidden", () => globalThis.hiddenEnds.length >= 4);
    const heard = await tab.run(async () => {
      const { session, states } = globalThis;
      const { hidden } = document;
      // Without what comes of the stop.
      const hiddenEnds = [...globalThis.hiddenEnds];
      await session.stop();
      return { hidden, states, hiddenEnds, track: session.stream.getTracks()[0].readyState };
    });
    assert.equal(heard.hidden, true, "hidden to the end");
    // One after the other, none left out: a hop is 496 ms.
    const hops = heard.hiddenEnds.slice(1).map((end, i) => end - heard.hiddenEnds[i]);
    assert.ok(hops.every((hop) => Math.abs(hop - 496) < 1), `${heard.hiddenEnds}`);
    // A device that is slow to wake up is an interruption before it.
    assert.equal(heard.states.at(-1), "stopped");
    assert.equal(heard.track, "ended");
    assert.deepEqual(await tab.problems(), []);
  });
}
