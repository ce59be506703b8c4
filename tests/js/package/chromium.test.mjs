// The package in a real browser: the Worker, the browser's decoder, and what can befall them.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { startChromium, workersEnded } from "../support/package-page.mjs";
import { pageMemory } from "../support/memory.mjs";
import { forProfiles } from "../support/model-file.mjs";
import { readPackaged } from "../support/environment.mjs";

let chromium, tab;
before(async () => (chromium = await startChromium()));
after(() => chromium?.close());
beforeEach(async () => (tab = await chromium.open()));
afterEach(async () => {
  assert.deepEqual(tab.problems, [], "no error went uncaught");
  await tab.page.close();
});

test("the Worker and the page's own thread give the same answers, from bytes, AudioBuffer and address", async () => {
  const answers = await tab.run(async () => {
    const { EmotionRecognizer, voice } = globalThis.t;
    const results = [];
    for (const worker of [true, false]) {
      const recognizer = await EmotionRecognizer.load({ worker });
      // At the file's own rate, so that the browser does not resample.
      const rate = new DataView(await voice()).getUint32(24, true);
      const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await voice());
      for (const input of [await voice(), new Blob([await voice()]), "/voice.wav", buffer]) {
        results.push(await recognizer.classify(input));
      }
      if (buffer.getChannelData(0).length === 0) throw new Error("the caller's AudioBuffer was taken");
      recognizer.dispose();
    }
    return results;
  });
  const [first] = answers;
  for (const { label, state, endMs, probabilities } of answers) {
    assert.deepEqual([label, state, endMs], [first.label, first.state, first.endMs]);
    // To what is promised of all ways in; not to the bit, since the browser scales integers to floats in a way of its own.
    for (const [name, value] of Object.entries(probabilities)) assert.ok(Math.abs(value - first.probabilities[name]) < 1e-4);
  }
});

test("a compressed recording goes through the browser's decoder", async () => {
  const { answer, bad } = await tab.run(async () => {
    const { EmotionRecognizer, failed, voice } = globalThis.t;
    const context = new AudioContext();
    const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(await voice()) });
    const out = context.createMediaStreamDestination();
    source.connect(out);
    const recorder = new MediaRecorder(out.stream);
    const recorded = new Promise((resolve) => (recorder.ondataavailable = ({ data }) => resolve(data)));
    recorder.start();
    source.start();
    await new Promise((resolve) => (source.onended = resolve));
    recorder.stop();
    const blob = await recorded;
    const recognizer = await EmotionRecognizer.load();
    return {
      answer: { ...(await recognizer.classify(blob)), type: blob.type },
      bad: await failed(recognizer.classify(blob.slice(1000))),
    };
  });
  assert.match(answer.type, /opus/);
  assert.notEqual(answer.state, "no-speech");
  assert.ok(answer.endMs > 2000);
  assert.equal(bad, "UNSUPPORTED_FORMAT");
});

test("a Worker that dies rejects its call, and another answers the next one", async () => {
  await tab.run(async () => {
    globalThis.workers = globalThis.t.made("Worker");
    globalThis.recognizer = await globalThis.t.EmotionRecognizer.load();
    globalThis.bytes = await globalThis.t.voice();
  });
  const before = chromium.requests.length;
  const outcome = await tab.run(async () => {
    const { bytes, recognizer, workers } = globalThis;
    const { failed } = globalThis.t;
    const { label, confidence } = await recognizer.classify(bytes);
    const pending = failed(recognizer.classify(new Float32Array(16_000 * 600), { sampleRate: 16_000 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    workers[0].dispatchEvent(new ErrorEvent("error", { message: "killed", cancelable: true }));
    const next = await recognizer.classify(bytes);
    return { pending: await pending, same: next.label === label && next.confidence === confidence, workers: workers.length };
  });
  assert.deepEqual(outcome, { pending: "WORKER_CRASHED", same: true, workers: 2 });
  // The browser reads the Worker's scripts anew; code and model are held by the page.
  const scripts = ["worker", "wasm/emotionai_voice"];
  assert.deepEqual(chromium.requests.slice(before).sort(), scripts.map((name) => `/pkg/${name}.js`).sort());
});

test("a Worker's script that is not there, or of another type, is named", async () => {
  for (const answer of [{ status: 404 }, { status: 200, contentType: "text/plain", body: "" }]) {
    const page = await chromium.open();
    await page.page.route("**/worker.js", (route) => route.fulfill(answer));
    const { code, message } = await page.run(async () => {
      const { code, message } = await globalThis.t.EmotionRecognizer.load().catch((error) => error);
      return { code, message };
    });
    assert.equal(code, "WORKER_CRASHED");
    assert.match(message, /expected JavaScript at http:.*\/pkg\/worker\.js /);
    await page.page.close();
  }
});

test("from another origin it loads and answers, Worker included", async () => {
  const lax = await chromium.open({ url: "/lax", from: chromium.cdn });
  const label = await lax.run(async () => {
    const recognizer = await globalThis.t.EmotionRecognizer.load();
    return (await recognizer.classify(await globalThis.t.voice())).state;
  });
  assert.notEqual(label, "no-speech");
  assert.deepEqual(lax.problems, []);
  await lax.page.close();
});

test("a hundred loads and disposals, each with a call and a session, leave nothing behind", { timeout: 180_000 }, async (t) => {
  await tab.run(async () => {
    globalThis.contexts = 0;
    globalThis.AudioContext = class extends AudioContext {
      constructor(...args) {
        super(...args);
        globalThis.contexts++;
      }
    };
    globalThis.bytes = await globalThis.t.voice();
    // Once, since Chromium keeps whatever is fetched while it is driven by a test.
    globalThis.model = await (await fetch("/pkg/model/default.emo")).arrayBuffer();
  });
  const cycles = (n) =>
    tab.run(async (n) => {
      for (let i = 0; i < n; i++) {
        const recognizer = await globalThis.t.EmotionRecognizer.load({ model: globalThis.model });
        await recognizer.classify(globalThis.bytes);
        await recognizer.listen();
        recognizer.dispose();
      }
    }, n);
  const session = await tab.page.context().newCDPSession(tab.page);
  await session.send("Performance.enable");
  const measure = async () => {
    await session.send("HeapProfiler.collectGarbage");
    await workersEnded(tab.page);
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const { value } = metrics.find(({ name }) => name === "JSHeapUsedSize");
    return { heap: value / 2 ** 20, resident: await pageMemory(tab.page), workers: tab.page.workers().length };
  };
  // What is made once, such as compiled code, is there after these.
  await cycles(20);
  const first = await measure();
  await cycles(100);
  const last = await measure();
  t.diagnostic(`MiB of JavaScript heap ${first.heap.toFixed(1)}, then ${last.heap.toFixed(1)}; resident ${first.resident.toFixed(0)}, then ${last.resident.toFixed(0)}`);
  assert.equal(last.workers, 0);
  assert.equal(await tab.run(() => globalThis.contexts), 1, "audio contexts, of which Chromium frees none");
  assert.ok(last.heap - first.heap < 1, `the heap grew from ${first.heap} to ${last.heap} MiB`);
  // A model that stayed would be half a MiB each, a Worker several.
  assert.ok(last.resident - first.resident < 30, `the page grew from ${first.resident} to ${last.resident} MiB`);
});

test("a page fetches six files, and one more for an engine on its own thread", async () => {
  const fresh = await chromium.open();
  const before = chromium.requests.length;
  await fresh.page.reload();
  const load = (worker) => fresh.run(async (worker) => {
    const { EmotionRecognizer } = await import("/pkg/index.js");
    globalThis.recognizer = await EmotionRecognizer.load({ worker });
  }, worker);
  await load(true);
  const files = chromium.requests.slice(before).filter((pathname) => pathname.startsWith("/pkg/")).sort();
  const expected = ["index.js", "model/default.emo", "wasm/emotionai_voice.js", "wasm/emotionai_voice_bg.wasm", "worker.js", "worklet.js"];
  assert.deepEqual(files, expected.map((name) => `/pkg/${name}`));
  const again = chromium.requests.length;
  await load(false);
  assert.deepEqual(chromium.requests.slice(again).sort(), ["/pkg/model/default.emo", "/pkg/wasm/emotionai_voice.js"]);
  await fresh.page.close();
});

test("loaded a second time, it fetches the model alone, and both are at work", async () => {
  const fetched = await tab.run(async () => {
    const { EmotionRecognizer, voice } = globalThis.t;
    const asked = () => performance.getEntriesByType("resource").filter(({ name }) => /\.(wasm|emo)$/.test(name)).length;
    const first = await EmotionRecognizer.load();
    const once = asked();
    const second = await EmotionRecognizer.load();
    const twice = asked();
    const [a, b] = await Promise.all([first, second].map(async (it) => it.classify(await voice())));
    first.dispose();
    const c = await second.classify(await voice());
    second.dispose();
    return { once, twice, same: a.confidence === b.confidence && b.confidence === c.confidence };
  });
  assert.deepEqual(fetched, { once: 2, twice: 3, same: true });
});

test("loaded twice at once, it fetches the code once; each may give up, or fail, by itself", async () => {
  const { requests } = chromium;
  const codes = (since) => requests.slice(since).filter((pathname) => pathname.endsWith(".wasm")).length;
  const before = requests.length;
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, failed, voice } = globalThis.t;
    const controller = new AbortController();
    const told = [];
    const first = failed(EmotionRecognizer.load({ signal: controller.signal, onProgress: ({ file }) => told.push(file) }));
    const rude = failed(EmotionRecognizer.load({ onProgress: () => decodeURI("%") }));
    const second = EmotionRecognizer.load({ onProgress: ({ file, loaded, total }) => file === "wasm" && loaded === total && told.push("all") });
    controller.abort();
    const recognizer = await second;
    const { probabilities } = await recognizer.classify(await voice());
    recognizer.dispose();
    return { first: await first, rude: await rude, heard: probabilities !== null, whole: told.includes("all") };
  });
  assert.deepEqual(outcome, { first: "ABORTED", rude: "INVALID_OPTION", heard: true, whole: true });
  assert.equal(codes(before), 1);

  const other = await chromium.open();
  const again = requests.length;
  const outcomes = await other.run(async () => {
    const { EmotionRecognizer, failed } = globalThis.t;
    // Nobody is left to wait for it: it ends, and the next one begins anew.
    const controllers = [new AbortController(), new AbortController()];
    const both = controllers.map(({ signal }) => failed(EmotionRecognizer.load({ signal })));
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const controller of controllers) controller.abort();
    const outcomes = await Promise.all(both);
    (await EmotionRecognizer.load()).dispose();
    return outcomes;
  });
  assert.deepEqual(outcomes, ["ABORTED", "ABORTED"]);
  assert.ok(codes(again) >= 1);
  assert.deepEqual(other.problems, []);
  await other.page.close();
});

test("the Worker draws and explains as the page's own thread does", async (t) => {
  const { worker, local, ms } = await tab.run(async () => {
    const { EmotionRecognizer, voice } = globalThis.t;
    const pictures = async (worker) => {
      const recognizer = await EmotionRecognizer.load({ worker });
      const mel = await recognizer.melSpectrogram(await voice());
      const bytes = await voice();
      const began = performance.now();
      const saliency = await recognizer.explain(bytes);
      const ms = performance.now() - began;
      recognizer.dispose();
      return { ms, all: JSON.stringify([mel, saliency].map(({ data, ...rest }) => [rest, [...data]])) };
    };
    const [worker, local] = [await pictures(true), await pictures(false)];
    return { worker: worker.all, local: local.all, ms: [worker.ms, local.ms] };
  });
  assert.equal(worker, local);
  t.diagnostic(`explained in ${ms.map((it) => it.toFixed(0)).join(" and ")} ms`);
});

test("a speaker profile works through the Worker, survives its end, and a session keeps the one that it began with", async () => {
  const model = forProfiles(await readPackaged("model/default.emo"));
  const outcome = await tab.run(async (base64) => {
    const { EmotionRecognizer, failed, voice } = globalThis.t;
    const opened = [];
    const workers = [];
    globalThis.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        workers.push(this);
      }

      postMessage(message, ...rest) {
        if (message.request?.type === "open") opened.push(message.request.profile !== null && message.request.profile !== undefined);
        super.postMessage(message, ...rest);
      }
    };
    const recognizer = await EmotionRecognizer.load({ model: Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) });
    const confidence = async () => (await recognizer.classify(await voice())).confidence;
    const plain = await confidence();
    const profile = await recognizer.enroll(await voice());
    opened.length = 0;
    const session = await recognizer.listen();
    recognizer.setProfile(profile);
    const adapted = await confidence();
    session.pause();
    session.resume();
    await session.stop();
    const next = await recognizer.listen();
    await next.stop();
    const sessions = [...opened];
    const pending = failed(recognizer.enroll(new Float32Array(16_000 * 600), { sampleRate: 16_000 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    workers[0].dispatchEvent(new ErrorEvent("error", { message: "killed", cancelable: true }));
    const after = await confidence();
    recognizer.setProfile(null);
    return { differ: adapted !== plain, sessions, pending: await pending, same: after === adapted, back: (await confidence()) === plain };
  }, Buffer.from(model).toString("base64"));
  assert.deepEqual(outcome, {
    differ: true,
    // The session, the file beside it, the next session.
    sessions: [false, true, true],
    pending: "WORKER_CRASHED",
    same: true,
    back: true,
  });
});
