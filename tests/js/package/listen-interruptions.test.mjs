// What can befall a session that listens in a real browser: devices, audio contexts and Workers that go away.

import assert from "node:assert/strict";
import { test } from "node:test";

import { chromiumPages } from "../support/package-page.mjs";

const chromium = chromiumPages();

test("a microphone that goes away is replaced, and said so", async () => {
  const outcome = await chromium.run(async () => {
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
const asFirefox = () =>
  chromium.run(() => {
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
  await asFirefox();
  const outcome = await chromium.run(async () => {
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
  await asFirefox();
  const outcome = await chromium.run(async () => {
    const { EmotionRecognizer, heard, until } = globalThis.t;
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
    await until(() => session.stream.getTracks().every(({ readyState }) => readyState === "ended"));
    const tracks = session.stream.getTracks().map(({ readyState }) => readyState);
    const next = await recognizer.listen();
    await heard(next, "level");
    await next.stop();
    return { state: session.state, tracks };
  });
  assert.deepEqual(outcome, { state: "stopped", tracks: ["ended"] });
});

test("when there is none to replace it, the session ends with the reason", async () => {
  const outcome = await chromium.run(async () => {
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
  const outcome = await chromium.run(async () => {
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
  const outcome = await chromium.run(async () => {
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

test("an interrupted context, as a phone call leaves it on iOS, is an interruption, and ends with it", async () => {
  const said = await chromium.run(async () => {
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
