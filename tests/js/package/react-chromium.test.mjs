// The React hook in a real browser, in StrictMode: the real recognizer, a microphone that beeps.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium, workersEnded } from "../support/package-page.mjs";
import { reactModule } from "../support/react-module.mjs";

const page = '<!doctype html><script type="importmap">{"imports":{"react":"/react.js"}}</script><main></main>';

let chromium;
before(async () => {
  chromium = await startChromium({
    "/react.js": [await reactModule(), "text/javascript"],
    "/app": [page, "text/html"],
  });
});
after(() => chromium?.close());

test("mounted it loads once, started it hears, unmounted it releases the microphone and the Worker", async () => {
  const tab = await chromium.open({ url: "/app" });
  const before = chromium.requests.length;
  const outcome = await tab.run(async () => {
    const { createElement, createRoot, StrictMode } = await import("/react.js");
    const { useEmotionRecognizer } = await import("/pkg/react.js");
    let current;
    let renders = 0;
    const changed = new EventTarget();
    function App() {
      current = useEmotionRecognizer();
      renders += 1;
      changed.dispatchEvent(new Event("render"));
      return createElement("output", null, current.result?.state ?? current.status);
    }
    const until = (condition) =>
      new Promise((resolve) => {
        const check = () => current && condition(current) && resolve();
        changed.addEventListener("render", check);
        check();
      });
    const root = createRoot(document.querySelector("main"));
    root.render(createElement(StrictMode, null, createElement(App)));
    await until(({ status }) => status === "ready");

    await current.start();
    await until(({ level }) => level > 0);
    const { stream } = current.session;
    const from = renders;
    const began = performance.now();
    await until(({ result }) => result !== null);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    // StrictMode renders each time twice.
    const shown = (renders - from) / 2;
    const heard = performance.now() - began;
    const answer = await current.stop();
    await until(({ status }) => status === "ready");
    const first = { shown: document.querySelector("output").textContent, track: stream.getTracks()[0].readyState };

    await current.start();
    await until(({ status }) => status === "listening");
    const second = current.session;
    const again = second.stream;
    root.unmount();
    return { first, heardMs: answer.endMs, shown, heard, state: second.state, track: again.getTracks()[0].readyState };
  });
  assert.equal(outcome.first.track, "ended");
  assert.match(outcome.first.shown, /speech|uncertain/);
  assert.ok(outcome.heardMs > 500);
  // At most one every 100 ms, however slow the machine; the last may have waited to be drawn, and the first result shows once more.
  const { shown, heard } = outcome;
  assert.ok(shown <= heard / 100 + 2, `${shown} renders in ${heard} ms`);
  assert.deepEqual([outcome.state, outcome.track], ["stopped", "ended"]);
  const fetched = chromium.requests.slice(before).filter((pathname) => /\.(emo|wasm)$/.test(pathname));
  assert.equal(fetched.length, 2, `code and model once: ${fetched}`);
  await workersEnded(tab.page);
  assert.deepEqual(tab.problems, []);
});
