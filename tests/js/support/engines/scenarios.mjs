// What has to hold in every engine: the installed package on a page under the promised policy, and the demo.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { voicePath } from "../environment.mjs";
import { assertSameAnswer, predict } from "../native.mjs";
import { demoMounts, packagePolicy, serve } from "../server.mjs";
import { project } from "../projects.mjs";
import { poll, until } from "./engine.mjs";

/**
 * Registers the tests for an engine.
 * @param {() => Promise<import("./engine.mjs").Engine>} start
 */
export function testEngine(start) {
  let engine, site, demo, native, voice;
  before(async () => {
    site = await serve(project("plain"), { policy: packagePolicy });
    demo = await serve(demoMounts);
    [[native], voice, engine] = await Promise.all([predict([voicePath]), readFile(voicePath, "base64"), start()]);
  });
  after(async () => {
    await engine?.close();
    await Promise.all([site?.close(), demo?.close()]);
  });

  /** A page with the package loaded and the voice at hand, that reports every breach of its policy. */
  async function openLoaded(url = site.url) {
    const tab = await engine.open(url);
    await until(tab, "the package to be imported", () => Boolean(globalThis.emotionai));
    await tab.run(async (base64) => {
      globalThis.breaches = [];
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        globalThis.breaches.push(`${violatedDirective} ${blockedURI}`),
      );
      globalThis.voice = () => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
      globalThis.recognizer = await globalThis.emotionai.EmotionRecognizer.load();
    }, voice);
    return tab;
  }

  async function assertNothingWrong(tab) {
    assert.deepEqual(await tab.run(() => globalThis.breaches), []);
    assert.deepEqual(await tab.problems(), []);
    await tab.close();
  }

  test("bytes, a Blob and an AudioBuffer get the native answer, in the Worker and on the page's own thread", async () => {
    const tab = await openLoaded();
    const answers = await tab.run(async () => {
      const { recognizer, voice } = globalThis;
      // At the file's own rate, so that the browser does not resample.
      const rate = new DataView(voice()).getUint32(24, true);
      const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(voice());
      const answers = [];
      for (const input of [voice(), new Blob([voice()]), buffer]) answers.push(await recognizer.classify(input));
      const alone = await globalThis.emotionai.EmotionRecognizer.load({ worker: false });
      answers.push(await alone.classify(voice()));
      return answers;
    });
    for (const [i, answer] of answers.entries()) assertSameAnswer(answer, native, `answer ${i}`);
    await assertNothingWrong(tab);
  });

  test("the microphone is heard, paused, heard again and let go, and the network is asked for nothing", async () => {
    const tab = await openLoaded();
    const asked = site.requests.length;
    // Listening begins with a click, here as everywhere.
    await tab.click("html");
    const heard = await tab.run(async () => {
      const session = await globalThis.recognizer.listen();
      const levels = [];
      const states = [];
      session.addEventListener("level", ({ detail }) => levels.push(detail));
      session.addEventListener("state", ({ detail }) => states.push(detail.state));
      const results = [];
      for await (const { provisional, startMs, endMs } of session) {
        results.push({ provisional, startMs, endMs });
        if (results.length === 2) {
          session.pause();
          session.resume();
        }
        // The first of what is heard after the pause.
        if (provisional && startMs > 0) break;
      }
      await session.stop();
      const tracks = session.stream.getTracks().map(({ readyState }) => readyState);
      return { results, states, tracks, loudest: Math.max(...levels) };
    });
    const [first, second] = heard.results;
    assert.deepEqual([first.provisional, first.startMs], [true, 0]);
    assert.ok(second.endMs > first.endMs);
    // A device that is slow to wake up is an interruption before these.
    assert.deepEqual(heard.states.slice(-3), ["paused", "running", "stopped"]);
    assert.deepEqual(heard.tracks, ["ended"]);
    assert.ok(heard.loudest > 0.01 && heard.loudest <= 1, `the microphone's beep has a level, got ${heard.loudest}`);
    assert.deepEqual(site.requests.slice(asked), []);
    await assertNothingWrong(tab);
  });

  test("a given stream is heard, and left as it was", async () => {
    const tab = await openLoaded();
    await tab.click("html");
    const heard = await tab.run(async () => {
      const context = new AudioContext();
      const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(globalThis.voice()) });
      const out = context.createMediaStreamDestination();
      source.connect(out);
      const session = await globalThis.recognizer.listen({ stream: out.stream });
      source.start();
      await new Promise((resolve) => (source.onended = resolve));
      const answer = await session.stop();
      return { answer, track: out.stream.getTracks()[0].readyState };
    });
    assert.notEqual(heard.answer.state, "no-speech");
    assert.equal(heard.answer.startMs, 0);
    assert.equal(heard.track, "live");
    await assertNothingWrong(tab);
  });

  test("a Worker that dies rejects its call, and another answers the next one", async () => {
    const tab = await openLoaded();
    const outcome = await tab.run(async () => {
      const workers = [];
      let asked;
      globalThis.Worker = class extends Worker {
        constructor(...args) {
          super(...args);
          workers.push(this);
        }
        postMessage(...args) {
          super.postMessage(...args);
          asked?.();
        }
      };
      const recognizer = await globalThis.emotionai.EmotionRecognizer.load();
      const isAsked = new Promise((resolve) => (asked = resolve));
      const pending = recognizer.classify(new Float32Array(16_000 * 600), { sampleRate: 16_000 }).catch(({ code }) => code);
      await isAsked;
      workers[0].dispatchEvent(new ErrorEvent("error", { message: "killed", cancelable: true }));
      return { pending: await pending, next: await recognizer.classify(globalThis.voice()), workers: workers.length };
    });
    assert.equal(outcome.pending, "WORKER_CRASHED");
    assert.equal(outcome.workers, 2);
    assertSameAnswer(outcome.next, native, "the next call");
    await assertNothingWrong(tab);
  });

  test("five loads and disposals leave an engine that answers", async () => {
    const tab = await openLoaded();
    await tab.run(async () => {
      for (let i = 0; i < 5; i++) (await globalThis.emotionai.EmotionRecognizer.load()).dispose();
    });
    assertSameAnswer(await tab.run(() => globalThis.recognizer.classify(globalThis.voice())), native, "after them");
    await assertNothingWrong(tab);
  });

  test("from another origin, as a CDN serves it, the package answers, Worker included", async (t) => {
    const cdn = await serve(path.join(project("plain"), "node_modules"), { prefix: "/npm/", policy: null, headers: { "access-control-allow-origin": "*" } });
    t.after(() => cdn.close());
    const origin = new URL(cdn.url).origin;
    const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${origin}; connect-src ${origin}; worker-src blob: ${origin}`;
    const page = await serve(project("plain"), { policy });
    t.after(() => page.close());
    const tab = await openLoaded(`${page.url}elsewhere.html?package=${encodeURIComponent(`${cdn.url}emotionai-voice/index.js`)}`);
    assertSameAnswer(await tab.run(() => globalThis.recognizer.classify(globalThis.voice())), native, "from the CDN");
    assert.ok(cdn.requests.some((request) => request.endsWith("/worker.js")), "the Worker came from there");
    await assertNothingWrong(tab);
  });

  test("the policy is in force: code from text and addresses elsewhere are refused", async () => {
    const tab = await openLoaded();
    const attempts = await tab.run(async () => {
      const breaches = new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", () => globalThis.breaches.length === 2 && resolve(2));
      });
      const sent = await fetch("http://192.0.2.1/").then(() => "sent", ({ name }) => name);
      // A script in the page itself runs as it is put there, or never.
      const script = document.createElement("script");
      script.textContent = "globalThis.ran = true";
      document.documentElement.append(script);
      return { sent, ran: Boolean(globalThis.ran), breaches: await breaches };
    });
    assert.deepEqual(attempts, { sent: "TypeError", ran: false, breaches: 2 });
    // The driver hears of a breach after the page does.
    await poll("a breach to show up as a problem", async () => (await tab.problems()).length > 0);
    await tab.close();
  });

  test("the demo answers a file as natively, then listens and lets go", async () => {
    const tab = await engine.open(demo.url);
    const state = (...states) =>
      until(tab, `the page to be ${states}`, (states) => states.includes(document.body.dataset.state), states);
    await state("ready");
    await tab.choose("#file", voicePath);
    await state("result", "error");
    const shown = await tab.run(() => ({
      ...document.getElementById("result").dataset,
      probabilities: Object.fromEntries(
        Array.from(document.querySelectorAll(".bar"), ({ dataset }) => [dataset.label, Number(dataset.probability)]),
      ),
    }));
    assertSameAnswer(shown, native, "the demo");
    await tab.click("#speak");
    await state("listening");
    await until(tab, "a second to be heard", () => Number(document.getElementById("result").dataset.endMs) >= 1000);
    await tab.click("#speak");
    await state("result", "ready");
    assert.deepEqual(await tab.problems(), []);
    await tab.close();
  });
}
