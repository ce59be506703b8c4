// The microphone in a real browser: what is heard, and how a session ends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { chromiumPages } from "../support/package-page.mjs";

const chromium = chromiumPages();

test("results and levels come, the loop ends on stop, and the device is released", async () => {
  const outcome = await chromium.run(async () => {
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
    chromium.run(async () => {
      globalThis.recognizer ??= await globalThis.t.EmotionRecognizer.load();
      const asked = performance.getEntriesByType("resource").length;
      for (let i = 0; i < 3; i++) {
        const session = await globalThis.recognizer.listen();
        await globalThis.t.heard(session, "level");
        await session.stop();
      }
      return performance.getEntriesByType("resource").length - asked;
    });
  await chromium.run(async () => (globalThis.recognizer = await globalThis.t.EmotionRecognizer.load()));
  const before = chromium.requests.length;
  assert.equal(await listens(), 0);
  assert.deepEqual(chromium.requests.slice(before), []);
});

test("a given stream is heard as the file is, and left as it was", async () => {
  const outcome = await chromium.run(async () => {
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
  const outcome = await chromium.run(async () => {
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
  const { live, again, heardMs } = await chromium.run(async () => {
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
  const outcome = await chromium.run(async () => {
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
  const outcome = await chromium.run(async () => {
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

test("a signal stops the session; dispose ends it with DISPOSED; a stream without audio is refused", async () => {
  const outcome = await chromium.run(async () => {
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

test("smoothed, its answers move less; a smoothing that is none is refused", async () => {
  const outcome = await chromium.run(async () => {
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
  const outcome = await chromium.run(async () => {
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
  const ends = await chromium.run(async () => {
    const { EmotionRecognizer, heard } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const sessions = await Promise.all([recognizer.listen(), recognizer.listen({ hopMs: 250 })]);
    const results = await Promise.all(sessions.map((session) => heard(session, "result", 2)));
    await Promise.all(sessions.map((session) => session.stop()));
    return results.map((details) => details[1].endMs - details[0].endMs);
  });
  assert.ok(ends[1] < ends[0], `${ends}`);
});
