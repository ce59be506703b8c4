// The microphone in a real browser, and what can befall it.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { startChromium } from "../support/package-page.mjs";

let chromium, tab;
before(async () => (chromium = await startChromium()));
after(() => chromium?.close());
beforeEach(async () => (tab = await chromium.open()));
afterEach(async () => {
  assert.deepEqual(tab.problems, [], "no error went uncaught");
  await tab.page.close();
});

test("results and levels come, the loop ends on stop, and the device is released", async () => {
  const outcome = await tab.run(async () => {
    const recognizer = await globalThis.t.EmotionRecognizer.load();
    const session = await recognizer.listen();
    const levels = [];
    session.addEventListener("level", ({ detail }) => levels.push(detail));
    const events = [];
    session.addEventListener("state", ({ detail }) => events.push(detail));
    const results = [];
    for await (const result of session) {
      results.push(result);
      if (results.length === 2) session.stop();
    }
    await session.stop();
    return {
      results,
      loud: Math.max(...levels),
      events,
      tracks: session.stream.getTracks().map(({ readyState }) => readyState),
      state: session.state,
      running: session.running,
    };
  });
  assert.ok(outcome.results.length >= 2);
  assert.equal(outcome.results[0].provisional, true);
  assert.ok(Math.abs(outcome.results[0].endMs - 1000) < 100, `the first after ${outcome.results[0].endMs} ms`);
  assert.ok(outcome.results[1].endMs > outcome.results[0].endMs);
  assert.ok(outcome.loud > 0.01 && outcome.loud <= 1, `${outcome.loud}`);
  assert.deepEqual(outcome.events, [{ state: "stopped", reason: "requested" }]);
  assert.deepEqual(outcome.tracks, ["ended"]);
  assert.equal(outcome.state, "stopped");
  assert.equal(outcome.running, false);
});

test("again and again it asks the network for nothing", async () => {
  const listens = () =>
    tab.run(async () => {
      globalThis.recognizer ??= await globalThis.t.EmotionRecognizer.load();
      const asked = performance.getEntriesByType("resource").length;
      for (let i = 0; i < 3; i++) {
        const session = await globalThis.recognizer.listen();
        await globalThis.t.heard(session, "level");
        await session.stop();
      }
      return performance.getEntriesByType("resource").length - asked;
    });
  await tab.run(async () => (globalThis.recognizer = await globalThis.t.EmotionRecognizer.load()));
  const before = chromium.requests.length;
  assert.equal(await listens(), 0);
  assert.deepEqual(chromium.requests.slice(before), []);
});

test("a given stream is heard as the file is, and left as it was", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, voice } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const context = new AudioContext();
    const buffer = await context.decodeAudioData(await voice());
    const source = new AudioBufferSourceNode(context, { buffer });
    const out = context.createMediaStreamDestination();
    source.connect(out);
    const session = await recognizer.listen({ stream: out.stream });
    const results = [];
    const listening = (async () => {
      for await (const result of session) results.push(result);
    })();
    source.start();
    await new Promise((resolve) => (source.onended = resolve));
    const answer = await session.stop();
    await listening;
    const again = await session.stop();
    return { results, answer, isSame: again === answer, track: out.stream.getTracks()[0].readyState };
  });
  assert.ok(outcome.results.some(({ state }) => state !== "no-speech"));
  assert.notEqual(outcome.answer.state, "no-speech");
  assert.equal(outcome.answer.startMs, 0);
  assert.equal(outcome.answer.endMs, outcome.results.at(-1).endMs);
  assert.ok(outcome.isSame, "whoever asks later gets the same answer");
  assert.equal(outcome.track, "live");
});

test("a call that the page does not play is heard, and goes on after it", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, loudest } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    const [caller, callee] = [new RTCPeerConnection(), new RTCPeerConnection()];
    caller.onicecandidate = ({ candidate }) => candidate && callee.addIceCandidate(candidate);
    callee.onicecandidate = ({ candidate }) => candidate && caller.addIceCandidate(candidate);
    const remote = new Promise((resolve) => (callee.ontrack = ({ streams }) => resolve(streams[0])));
    for (const track of microphone.getTracks()) caller.addTrack(track, microphone);
    await caller.setLocalDescription();
    await callee.setRemoteDescription(caller.localDescription);
    await callee.setLocalDescription();
    await caller.setRemoteDescription(callee.localDescription);
    const stream = await remote;
    const session = await recognizer.listen({ stream });
    const level = await loudest(session);
    await session.stop();
    return { level, track: stream.getAudioTracks()[0].readyState };
  });
  assert.ok(outcome.level > 0.01, `${outcome.level}`);
  assert.equal(outcome.track, "live");
});

test("what an element plays is heard by its stream", async () => {
  const lax = await chromium.open({ url: "/lax" });
  const level = await lax.run(async () => {
    const { EmotionRecognizer, loudest } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const element = document.createElement("audio");
    element.src = "/voice.wav";
    element.loop = true;
    await element.play();
    const session = await recognizer.listen({ stream: element.captureStream() });
    const level = await loudest(session);
    await session.stop();
    return level;
  });
  assert.ok(level > 0.01, `${level}`);
  assert.deepEqual(lax.problems, []);
  await lax.page.close();
});

test("what was captured, heard again as samples, gets the windows that the session got", async () => {
  const { live, again, heardMs } = await tab.run(async () => {
    const chunks = [];
    // As the worklet sends it, copied before it goes on to the Worker.
    globalThis.AudioWorkletNode = class extends AudioWorkletNode {
      constructor(...args) {
        super(...args);
        this.port.addEventListener("message", ({ data }) => {
          if (Array.isArray(data)) chunks.push(data.map((channel) => channel.slice()));
        });
      }
    };
    const { EmotionRecognizer, voice, made } = globalThis.t;
    const contexts = made("AudioContext");
    const recognizer = await EmotionRecognizer.load();
    const own = new AudioContext();
    const source = new AudioBufferSourceNode(own, { buffer: await own.decodeAudioData(await voice()) });
    const out = own.createMediaStreamDestination();
    source.connect(out);
    const session = await recognizer.listen({ stream: out.stream });
    const live = [];
    const listening = (async () => {
      for await (const result of session) live.push(result);
    })();
    source.start();
    await new Promise((resolve) => (source.onended = resolve));
    await session.stop();
    await listening;

    const mono = chunks.flatMap((channels) =>
      Array.from(channels[0], (_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length),
    );
    const { sampleRate } = contexts.find((context) => context !== own) ?? own;
    const again = [];
    for await (const result of recognizer.analyze(new Float32Array(mono), { sampleRate })) again.push(result);
    return { live, again, heardMs: (mono.length / sampleRate) * 1000 };
  });
  assert.ok(heardMs > 3000 && live.some(({ state }) => state !== "no-speech"), `${heardMs} ms`);
  assert.equal(live.length, again.length);
  for (const [i, window] of live.entries()) {
    const { probabilities, latencyMs, confidence, ...rest } = window;
    const { probabilities: expected, latencyMs: other, confidence: top, ...same } = again[i];
    assert.deepEqual(rest, same);
    assert.equal(probabilities === null, expected === null);
    for (const label of Object.keys(probabilities ?? {})) {
      assert.ok(Math.abs(probabilities[label] - expected[label]) < 1e-4, `window ${i}, ${label}: ${probabilities[label]}, ${expected[label]}`);
    }
  }
});

test("paused it hears nothing; resumed it goes on, later in the same input", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, heard } = globalThis.t;
    const session = await (await EmotionRecognizer.load()).listen();
    const events = [];
    session.addEventListener("state", ({ detail }) => events.push(detail.state));
    const [first] = await heard(session, "result");
    session.pause();
    session.pause();
    const enabled = session.stream.getTracks()[0].enabled;
    await new Promise((resolve) => setTimeout(resolve, 300));
    let levels = 0;
    session.addEventListener("level", () => levels++);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const whilePaused = levels;
    const again = heard(session, "result");
    session.resume();
    const [second] = await again;
    await session.stop();
    session.resume();
    return { events, enabled, whilePaused, first, second };
  });
  assert.deepEqual(outcome.events, ["paused", "running", "stopped"]);
  assert.equal(outcome.enabled, false);
  assert.equal(outcome.whilePaused, 0);
  assert.ok(outcome.second.startMs >= outcome.first.endMs, "time ran on");
  assert.equal(outcome.second.provisional, true, "a new input to the model");
});

test("stopped while it is paused, it answers for all that was heard", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, heard } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const listen = async (...parts) => {
      const session = await recognizer.listen();
      for (const isLast of parts) {
        await heard(session, "result", 2);
        session.pause();
        await new Promise((resolve) => setTimeout(resolve, 100));
        if (!isLast) session.resume();
      }
      return session.stop();
    };
    return { once: await listen(true), twice: await listen(false, true) };
  });
  assert.equal(outcome.once.startMs, 0);
  assert.ok(outcome.once.endMs > 1400, `${outcome.once.endMs}`);
  assert.equal(outcome.twice.startMs, 0);
  assert.ok(outcome.twice.endMs > 2 * 1400, `${outcome.twice.endMs}`);
});

test("a microphone that goes away is replaced, and said so", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, heard } = globalThis.t;
    const session = await (await EmotionRecognizer.load()).listen();
    const states = heard(session, "state", 2);
    const old = session.stream;
    // `stop` fires no event; the end of a device does.
    old.getTracks()[0].stop();
    old.getTracks()[0].dispatchEvent(new Event("ended"));
    const said = await states;
    await heard(session, "result");
    const outcome = { said, replaced: session.stream !== old, running: session.running };
    await session.stop();
    return outcome;
  });
  assert.deepEqual(outcome, {
    said: [
      { state: "interrupted", reason: "device-change" },
      { state: "running", reason: "device-change" },
    ],
    replaced: true,
    running: true,
  });
});

/** Has the browser join only equal rates, as Firefox does, and the next microphone claim this rate. */
const asFirefox = (tab) =>
  tab.run(() => {
    globalThis.microphoneRate = undefined;
    const { createMediaStreamSource } = AudioContext.prototype;
    AudioContext.prototype.createMediaStreamSource = function (stream) {
      const { sampleRate = this.sampleRate } = stream;
      if (sampleRate === this.sampleRate) return createMediaStreamSource.call(this, stream);
      throw new DOMException("Connecting AudioNodes from AudioContexts with different sample-rate is currently not supported.", "NotSupportedError");
    };
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = async function (wishes) {
      const stream = await getUserMedia.call(this, wishes);
      const sampleRate = globalThis.microphoneRate;
      if (sampleRate === undefined) return stream;
      const [track] = stream.getAudioTracks();
      const settings = track.getSettings();
      track.getSettings = () => ({ ...settings, sampleRate });
      return Object.assign(stream, { sampleRate });
    };
  });

test("where only equal rates are joined, a microphone of another rate replaces one that goes away", async () => {
  await asFirefox(tab);
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, heard, loudest, made } = globalThis.t;
    const opened = [];
    globalThis.Worker = class extends Worker {
      postMessage(message, ...rest) {
        if (message.request?.type === "open") opened.push(message.request.format.sampleRate);
        super.postMessage(message, ...rest);
      }
    };
    const contexts = made("AudioContext");
    const recognizer = await EmotionRecognizer.load();
    const session = await recognizer.listen();
    const [first] = await heard(session, "result");
    const errors = [];
    session.addEventListener("error", ({ detail }) => errors.push(detail.code));
    const states = heard(session, "state", 2);
    globalThis.microphoneRate = 16_000;
    session.stream.getTracks()[0].stop();
    session.stream.getTracks()[0].dispatchEvent(new Event("ended"));
    const said = await states;
    const level = await loudest(session);
    const [second] = await heard(session, "result");
    const answer = await session.stop();
    globalThis.microphoneRate = undefined;
    const next = await recognizer.listen();
    await heard(next, "level");
    await next.stop();
    return { errors, said, level, opened, rates: contexts.map(({ sampleRate }) => sampleRate), first, second, answer, tracks: session.stream.getTracks().map(({ readyState }) => readyState) };
  });
  assert.deepEqual(outcome.errors, []);
  assert.deepEqual(outcome.said.map(({ state }) => state), ["interrupted", "running"]);
  assert.ok(outcome.level > 0.01, `${outcome.level}`);
  assert.deepEqual(outcome.rates.slice(1), [16_000], "one other context");
  assert.deepEqual(outcome.opened, [outcome.rates[0], 16_000, outcome.rates[0]]);
  assert.ok(outcome.second.startMs >= outcome.first.endMs, "time ran on");
  assert.equal(outcome.second.provisional, true);
  assert.ok(outcome.answer.endMs >= outcome.second.endMs);
  assert.deepEqual(outcome.tracks, ["ended"]);
});

test("stopped while another rate is prepared for, the session releases the new microphone", async () => {
  await asFirefox(tab);
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, heard } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const session = await recognizer.listen();
    await heard(session, "level");
    const { addModule } = AudioWorklet.prototype;
    let go;
    const waiting = new Promise((resolve) => {
      AudioWorklet.prototype.addModule = async function (...address) {
        resolve();
        await new Promise((resolve) => (go = resolve));
        return addModule.apply(this, address);
      };
    });
    globalThis.microphoneRate = 16_000;
    session.stream.getTracks()[0].stop();
    session.stream.getTracks()[0].dispatchEvent(new Event("ended"));
    await waiting;
    await session.stop();
    AudioWorklet.prototype.addModule = addModule;
    go();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const tracks = session.stream.getTracks().map(({ readyState }) => readyState);
    const next = await recognizer.listen();
    await heard(next, "level");
    await next.stop();
    return { state: session.state, tracks };
  });
  assert.deepEqual(outcome, { state: "stopped", tracks: ["ended"] });
});

test("when there is none to replace it, the session ends with the reason", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, heard, failed } = globalThis.t;
    const session = await (await EmotionRecognizer.load()).listen();
    const reading = (async () => {
      for await (const result of session) void result;
    })();
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("Requested device not found", "NotFoundError");
    };
    const error = heard(session, "error");
    session.stream.getTracks()[0].stop();
    session.stream.getTracks()[0].dispatchEvent(new Event("ended"));
    return { reading: await failed(reading), event: (await error)[0].code, state: session.state };
  });
  assert.deepEqual(outcome, { reading: "NO_DEVICE", event: "NO_DEVICE", state: "stopped" });
});

test("a suspended context is an interruption, and ends as one", async () => {
  const outcome = await tab.run(async () => {
    const contexts = globalThis.t.made("AudioContext");
    const { EmotionRecognizer, heard } = globalThis.t;
    const session = await (await EmotionRecognizer.load()).listen();
    const states = heard(session, "state", 2);
    await contexts[0].suspend();
    document.dispatchEvent(new Event("visibilitychange"));
    const said = await states;
    await heard(session, "level");
    await session.stop();
    return { said, contexts: contexts.length, state: contexts[0].state };
  });
  assert.deepEqual(outcome.said, [
    { state: "interrupted", reason: "context" },
    { state: "running", reason: "context" },
  ]);
  assert.equal(outcome.contexts, 1);
});

test("a Worker that dies is told, and replaced", async () => {
  const outcome = await tab.run(async () => {
    const workers = globalThis.t.made("Worker");
    const { EmotionRecognizer, heard } = globalThis.t;
    const session = await (await EmotionRecognizer.load()).listen();
    await heard(session, "level");
    const said = Promise.all([heard(session, "error"), heard(session, "state")]);
    workers[0].dispatchEvent(new ErrorEvent("error", { message: "killed", cancelable: true }));
    const [[error], [state]] = await said;
    await heard(session, "result");
    await session.stop();
    return { error: error.code, state };
  });
  assert.deepEqual(outcome, { error: "WORKER_CRASHED", state: { state: "running", reason: "restarted" } });
});

const refusals = [
  ["NotAllowedError", "PERMISSION_DENIED"],
  ["NotFoundError", "NO_DEVICE"],
  ["OverconstrainedError", "NO_DEVICE"],
  ["NotReadableError", "DEVICE_BUSY"],
  ["TypeError", "INTERNAL"],
];
for (const [name, code] of refusals) {
  test(`${name} is ${code}, and the next listen works`, async () => {
    const outcome = await tab.run(async (name) => {
      const { EmotionRecognizer, failed } = globalThis.t;
      const recognizer = await EmotionRecognizer.load();
      const { getUserMedia } = MediaDevices.prototype;
      MediaDevices.prototype.getUserMedia = async () => {
        throw Object.assign(new Error("refused"), { name });
      };
      const code = await failed(recognizer.listen());
      MediaDevices.prototype.getUserMedia = getUserMedia;
      const session = await recognizer.listen();
      await session.stop();
      return code;
    }, name);
    assert.equal(outcome, code);
  });
}

test("an option that is wrong is refused before the visitor is asked", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, failed } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    let asked = 0;
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = function (wishes) {
      asked++;
      return getUserMedia.call(this, wishes);
    };
    const bad = [{ stream: {} }, { constraints: 7 }, { deviceId: 7 }, { signal: {} }, 7];
    for (const time of [0, -1, NaN, Infinity, 600_001, "250"]) bad.push({ hopMs: time }, { smoothingMs: time });
    const codes = [];
    for (const options of bad) codes.push(await failed(recognizer.listen(options)));
    const before = asked;
    // Only the browser knows what it can read.
    codes.push(await failed(recognizer.listen({ constraints: { advanced: 5 } })));
    const session = await recognizer.listen({ stream: null, deviceId: null, constraints: null, hopMs: null, smoothingMs: null, signal: null });
    await session.stop();
    await (await recognizer.listen(null)).stop();
    return { codes, before };
  });
  assert.deepEqual(outcome, { codes: Array(18).fill("INVALID_OPTION"), before: 0 });
});

test("a microphone that is not there is named, and so is a worklet that is not served", async () => {
  const outcome = await tab.run(async () => {
    AudioWorklet.prototype.addModule = async () => {
      throw new DOMException("Unable to load a worklet's module.", "AbortError");
    };
    const recognizer = await globalThis.t.EmotionRecognizer.load();
    const worklet = await recognizer.listen().catch((error) => error);
    delete AudioWorklet.prototype.addModule;
    const device = await recognizer.listen({ deviceId: "nope" }).catch((error) => error);
    return [worklet, device].map(({ code, message }) => [code, message]);
  });
  const [[noWorklet, why], [noDevice, which]] = outcome;
  assert.equal(noWorklet, "UNSUPPORTED");
  assert.match(why, /worklet could not be loaded from http:.*\/worklet\.js/);
  assert.equal(noDevice, "NO_DEVICE");
  assert.match(which, /no microphone of the deviceId "nope"/);
});

test("given up while the visitor is asked, a late yes releases the device", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, failed } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const { getUserMedia } = MediaDevices.prototype;
    let answer;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    MediaDevices.prototype.getUserMedia = () => new Promise((resolve) => (answer = () => resolve(stream)));
    const controller = new AbortController();
    const listening = failed(recognizer.listen({ signal: controller.signal }));
    controller.abort();
    const code = await listening;
    answer();
    await new Promise((resolve) => setTimeout(resolve, 50));
    MediaDevices.prototype.getUserMedia = getUserMedia;
    return { code, track: stream.getTracks()[0].readyState };
  });
  assert.deepEqual(outcome, { code: "ABORTED", track: "ended" });
});

test("given up while the visitor is asked, the next session needs nothing that is not there yet", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, failed } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    await (await recognizer.listen()).stop();
    let loads = 0;
    const { addModule } = AudioWorklet.prototype;
    AudioWorklet.prototype.addModule = function (...address) {
      loads++;
      return addModule.apply(this, address);
    };
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = () => new Promise(() => {});
    const controller = new AbortController();
    const listening = failed(recognizer.listen({ signal: controller.signal }));
    controller.abort();
    const code = await listening;
    MediaDevices.prototype.getUserMedia = getUserMedia;
    const session = await recognizer.listen();
    await session.stop();
    AudioWorklet.prototype.addModule = addModule;
    return { code, loads };
  });
  assert.deepEqual(outcome, { code: "ABORTED", loads: 0 });
});

test("a signal stops the session; dispose ends it with DISPOSED; a stream without audio is refused", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, failed, heard } = globalThis.t;
    const recognizer = await EmotionRecognizer.load({ worker: false });
    const controller = new AbortController();
    const first = await recognizer.listen({ signal: controller.signal });
    const stopped = heard(first, "state");
    controller.abort();
    await stopped;

    const second = await recognizer.listen();
    await heard(second, "level");
    const reading = (async () => {
      for await (const result of second) void result;
    })();
    const silent = await failed(recognizer.listen({ stream: new MediaStream() }));
    const hop = await failed(recognizer.listen({ hopMs: -1 }));
    recognizer.dispose();
    return {
      first: first.state,
      second: second.state,
      reading: await failed(reading),
      silent,
      hop: hop !== "nothing failed",
      tracks: [first, second].map(({ stream }) => stream.getTracks()[0].readyState),
      after: await failed(recognizer.listen()),
    };
  });
  assert.deepEqual(outcome, {
    first: "stopped",
    second: "stopped",
    reading: "DISPOSED",
    silent: "INVALID_AUDIO",
    hop: true,
    tracks: ["ended", "ended"],
    after: "DISPOSED",
  });
});

test("an interrupted context, as a phone call leaves it on iOS, is an interruption, and ends with it", async () => {
  const said = await tab.run(async () => {
    const contexts = globalThis.t.made("AudioContext");
    const { EmotionRecognizer, heard } = globalThis.t;
    const session = await (await EmotionRecognizer.load()).listen();
    const states = heard(session, "state", 2);
    const [context] = contexts;
    Object.defineProperty(context, "state", { value: "interrupted", configurable: true });
    context.dispatchEvent(new Event("statechange"));
    delete context.state;
    context.dispatchEvent(new Event("statechange"));
    const said = await states;
    await heard(session, "level");
    await session.stop();
    return said;
  });
  assert.deepEqual(said, [
    { state: "interrupted", reason: "context" },
    { state: "running", reason: "context" },
  ]);
});

test("smoothed, its answers move less; a smoothing that is none is refused", async () => {
  const outcome = await tab.run(async () => {
    const { EmotionRecognizer, failed, voice } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const context = new AudioContext();
    const buffer = await context.decodeAudioData(await voice());
    const source = new AudioBufferSourceNode(context, { buffer });
    const out = context.createMediaStreamDestination();
    source.connect(out);
    const options = { stream: out.stream, hopMs: 100 };
    const sessions = [await recognizer.listen(options), await recognizer.listen({ ...options, smoothingMs: 1000 })];
    const results = sessions.map((session) => {
      const answers = [];
      session.addEventListener("result", ({ detail }) => detail.probabilities && answers.push(Object.values(detail.probabilities)));
      return answers;
    });
    source.start();
    await new Promise((resolve) => (source.onended = resolve));
    await Promise.all(sessions.map((session) => session.stop()));
    const movement = results.map((answers) =>
      answers.slice(1).reduce((sum, values, i) => sum + values.reduce((all, p, label) => all + Math.abs(p - answers[i][label]), 0), 0),
    );
    const bad = [];
    for (const smoothingMs of [0, -1, NaN, 60_001]) bad.push(await failed(recognizer.listen({ ...options, smoothingMs })));
    return { movement, bad, track: out.stream.getTracks()[0].readyState };
  });
  const [plain, smooth] = outcome.movement;
  assert.ok(plain > 0 && smooth < 0.7 * plain, `${outcome.movement}`);
  assert.deepEqual(new Set(outcome.bad), new Set(["INVALID_OPTION"]));
  assert.equal(outcome.track, "live");
});

test("disposed by the end of its block, it releases the device", async () => {
  const outcome = await tab.run(async () => {
    const recognizer = await globalThis.t.EmotionRecognizer.load();
    const session = await recognizer.listen();
    const { stream } = session;
    await session[Symbol.asyncDispose]();
    const outcome = { state: session.state, track: stream.getTracks()[0].readyState, code: "" };
    recognizer[Symbol.dispose]();
    outcome.code = await globalThis.t.failed(recognizer.listen());
    return outcome;
  });
  assert.deepEqual(outcome, { state: "stopped", track: "ended", code: "DISPOSED" });
});

test("two sessions run side by side", async () => {
  const ends = await tab.run(async () => {
    const { EmotionRecognizer, heard } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const sessions = await Promise.all([recognizer.listen(), recognizer.listen({ hopMs: 250 })]);
    const results = await Promise.all(sessions.map((session) => heard(session, "result", 2)));
    await Promise.all(sessions.map((session) => session.stop()));
    return results.map((details) => details[1].endMs - details[0].endMs);
  });
  assert.ok(ends[1] < ends[0], `${ends}`);
});
