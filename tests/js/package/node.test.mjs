// The package under Node, with its real code and model: every shape of input, every kind of bad one.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { importModule, packageDir, readPackaged, voicePath } from "../support/environment.mjs";
import { decode, wav } from "../support/wav.mjs";

const globalsBefore = Object.getOwnPropertyNames(globalThis);
const { EmotionError, EmotionRecognizer } = await importModule("index.js");
const globalsAfter = Object.getOwnPropertyNames(globalThis);

const code = (expected) => (error) => {
  assert.ok(error instanceof EmotionError, `${error?.stack}`);
  assert.equal(error.code, expected, error.message);
  assert.ok(error.message.length > 10, error.message);
  return true;
};
const collect = async (results) => {
  const collected = [];
  for await (const result of results) collected.push(result);
  return collected;
};
/** Without what differs from run to run. */
const bare = ({ latencyMs, ...result }) => result;

let recognizer, bytes, samples, sampleRate, expected;
before(async () => {
  recognizer = await EmotionRecognizer.load();
  bytes = await readFile(voicePath);
  ({ samples, sampleRate } = decode(bytes));
  expected = await recognizer.classify(bytes);
});
after(() => recognizer.dispose());

test("importing adds no global", () => {
  assert.deepEqual(globalsAfter, globalsBefore);
});

test("the model says what it is", () => {
  const { model } = recognizer;
  assert.equal(new Set(model.labels).size, model.labels.length);
  assert.equal(typeof model.id, "string");
  assert.equal(model.licence, "CC-BY-NC-SA-4.0");
  assert.ok(model.sampleRate >= 8000 && model.windowMs > 0 && model.hopMs > 0);
  assert.match(model.architecture, /^[a-z-]+$/);
  for (const figure of Object.values(model.metrics)) assert.ok(Number.isFinite(figure));
  assert.ok([model, model.labels, model.metrics].every(Object.isFrozen));
});

test("an answer has the shape that the types promise", () => {
  assert.deepEqual(Object.keys(expected).sort(), [
    "confidence",
    "endMs",
    "label",
    "latencyMs",
    "modelId",
    "probabilities",
    "provisional",
    "startMs",
    "state",
  ]);
  assert.notEqual(expected.state, "no-speech");
  assert.deepEqual(Object.keys(expected.probabilities), [...recognizer.model.labels]);
  const sum = Object.values(expected.probabilities).reduce((a, b) => a + b);
  assert.ok(Math.abs(sum - 1) < 1e-5);
  assert.equal(expected.modelId, recognizer.model.id);
  assert.ok(expected.latencyMs > 0);
});

describe("every shape of the same audio gets the same answer", () => {
  const audioBuffer = () => ({
    numberOfChannels: 2,
    length: samples.length,
    sampleRate,
    getChannelData: () => samples,
  });
  const shapes = [
    ["a Buffer", () => bytes],
    ["an ArrayBuffer", () => new Uint8Array(bytes).buffer],
    ["a Uint8Array over a part of its buffer", () => new Uint8Array([0, ...bytes, 0]).subarray(1, -1)],
    ["a Blob", () => new Blob([bytes])],
    ["a File", () => new File([bytes], "voice.wav")],
    ["a URL", () => pathToFileURL(voicePath)],
    ["a string", () => pathToFileURL(voicePath).href],
    ["samples with their rate", () => samples],
    ["an AudioBuffer of two equal channels", audioBuffer],
  ];
  for (const [name, make] of shapes) {
    test(name, async () => {
      const input = make();
      const answer = await recognizer.classify(input, { sampleRate });
      assert.deepEqual(bare(answer), bare(expected));
      // What was given is still the caller's.
      if (input.byteLength !== undefined) assert.notEqual(input.byteLength, 0);
    });
  }
});

test("analyze gives the windows one after the other, the same for a file and its samples", async () => {
  const windows = await collect(recognizer.analyze(bytes));
  assert.ok(windows.length > 1);
  assert.equal(windows[0].provisional, true);
  assert.equal(windows.at(-1).endMs, expected.endMs);
  for (const [i, { endMs }] of windows.entries()) assert.ok(i === 0 || endMs > windows[i - 1].endMs);
  assert.deepEqual((await collect(recognizer.analyze(samples, { sampleRate }))).map(bare), windows.map(bare));
});

test("analyze, driven by hand, returns the answer for the whole recording", async () => {
  for (const [input, options] of [[bytes], [samples, { sampleRate }]]) {
    const windows = recognizer.analyze(input, options);
    let step = await windows.next();
    assert.equal(step.done, false);
    while (!step.done) step = await windows.next();
    assert.deepEqual(bare(step.value), bare(expected));
    assert.ok(step.value.latencyMs > 0);
    assert.deepEqual(await windows.next(), { done: true, value: undefined });
  }
});

test("hopMs sets how often there is a window", async () => {
  const windows = await collect(recognizer.analyze(bytes, { hopMs: 100 }));
  const gaps = windows.slice(1, -1).map(({ endMs }, i) => endMs - windows[i].endMs);
  assert.ok(gaps.every((gap) => Math.abs(gap - 100) <= 8), `${gaps}`);
});

test("leaving the loop ends the work", async () => {
  for await (const window of recognizer.analyze(bytes)) {
    assert.ok(window);
    break;
  }
  assert.deepEqual(bare(await recognizer.classify(bytes)), bare(expected));
});

test("calls that overlap do not disturb each other", async () => {
  const answers = await Promise.all([
    recognizer.classify(bytes),
    collect(recognizer.analyze(samples, { sampleRate })),
    recognizer.classify(samples, { sampleRate }),
  ]);
  assert.deepEqual(bare(answers[0]), bare(expected));
  assert.deepEqual(bare(answers[2]), bare(expected));
});

describe("bad input gets its code, and the next call its answer", () => {
  const tone = Float32Array.from({ length: 32_000 }, (_, i) => 0.3 * Math.sin(i / 10));
  const withSample = (value) => Float32Array.from(tone, (sample, i) => (i === 20_000 ? value : sample));
  const at = { sampleRate: 16_000 };
  const cases = [
    ["samples without a rate", () => tone, undefined, "MISSING_SAMPLE_RATE"],
    ["a rate of 0 Hz", () => tone, { sampleRate: 0 }, "INVALID_AUDIO"],
    ["a rate that is no number", () => tone, { sampleRate: NaN }, "INVALID_AUDIO"],
    ["a negative rate", () => tone, { sampleRate: -16_000 }, "INVALID_AUDIO"],
    ["a rate above all microphones", () => tone, { sampleRate: 1e6 }, "INVALID_AUDIO"],
    ["a NaN sample", () => withSample(NaN), at, "INVALID_AUDIO"],
    ["an infinite sample", () => withSample(-Infinity), at, "INVALID_AUDIO"],
    ["integers that nobody scaled", () => tone.map((sample) => sample * 32_768), at, "INVALID_AUDIO"],
    ["no samples", () => new Float32Array(0), at, "TOO_SHORT"],
    ["10 ms of samples", () => tone.subarray(0, 160), at, "TOO_SHORT"],
    ["an empty file", () => new Uint8Array(0), undefined, "INVALID_AUDIO"],
    ["an empty Blob", () => new Blob([]), undefined, "INVALID_AUDIO"],
    ["text renamed .wav", () => new File(["Dear diary"], "a.wav", { type: "audio/wav" }), undefined, "UNSUPPORTED_FORMAT"],
    ["two bytes", () => new Uint8Array([82, 73]), undefined, "UNSUPPORTED_FORMAT"],
    ["a truncated header", () => bytes.subarray(0, 30), undefined, "INVALID_AUDIO"],
    ["truncated data", () => bytes.subarray(0, bytes.length >> 1), undefined, "INVALID_AUDIO"],
    ["a RIFF that is no WAV", () => Buffer.from("RIFF\x04\0\0\0WEBPVP8 "), undefined, "UNSUPPORTED_FORMAT"],
    ["a WAV of no channels", () => wav(tone, { channels: 0 }), undefined, "INVALID_AUDIO"],
    ["a WAV of 0 Hz", () => wav(tone, { sampleRate: 0 }), undefined, "INVALID_AUDIO"],
    ["a WAV of 10 ms", () => wav(tone.subarray(0, 160)), undefined, "TOO_SHORT"],
    ["an AudioBuffer without channels", () => ({ numberOfChannels: 0, sampleRate: 48_000, getChannelData() {} }), undefined, "TOO_SHORT"],
    ["a file that is not there", () => pathToFileURL("/nowhere/voice.wav"), undefined, "NETWORK"],
    ["a path where a URL is expected", () => "voice.wav", undefined, "NETWORK"],
    ["integers", () => new Int16Array(16_000), at, "INVALID_AUDIO"],
    ["a plain array", () => [0, 0, 0], at, "INVALID_AUDIO"],
    ["null", () => null, undefined, "INVALID_AUDIO"],
    ["nothing", () => undefined, undefined, "INVALID_AUDIO"],
    ["a number", () => 7, undefined, "INVALID_AUDIO"],
    ["a buffer that was transferred", () => {
      const buffer = new ArrayBuffer(100);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    }, undefined, "INVALID_AUDIO"],
    ["a rate in place of the options", () => tone, 16_000, "INVALID_OPTION"],
    ["a signal that is none", () => tone, { ...at, signal: {} }, "INVALID_OPTION"],
    ["a controller for its signal", () => tone, { ...at, signal: new AbortController() }, "INVALID_OPTION"],
  ];
  for (const [name, make, options, expectedCode] of cases) {
    test(name, async () => {
      await assert.rejects(recognizer.classify(make(), options), code(expectedCode));
      await assert.rejects(collect(recognizer.analyze(make(), options)), code(expectedCode));
      assert.deepEqual(bare(await recognizer.classify(bytes)), bare(expected));
    });
  }

  test("a hop that is none", async () => {
    for (const hopMs of [0, -1, NaN, Infinity]) {
      await assert.rejects(collect(recognizer.analyze(bytes, { hopMs })), code("INVALID_OPTION"));
      await assert.rejects(collect(recognizer.analyze(samples, { sampleRate, hopMs })), code("INVALID_OPTION"));
    }
    assert.deepEqual(bare(await recognizer.classify(bytes)), bare(expected));
  });

  test("every call says of its options what is wrong, and takes null for nothing", async () => {
    const calls = {
      classify: (options) => recognizer.classify(bytes, options),
      analyze: (options) => collect(recognizer.analyze(bytes, options)),
      enroll: (options) => recognizer.enroll(bytes, options),
      melSpectrogram: (options) => recognizer.melSpectrogram(bytes, options),
      explain: (options) => recognizer.explain(bytes, options),
      setModel: (options) => recognizer.setModel(pathToFileURL(path.join(packageDir, "model/default.emo")), options),
    };
    for (const call of Object.values(calls)) {
      await assert.rejects(call(7), code("INVALID_OPTION"));
      await assert.rejects(call({ signal: {} }), code("INVALID_OPTION"));
      assert.notEqual(await call(null), null);
      assert.notEqual(await call({ sampleRate: null, hopMs: null, emotion: null, onProgress: null, signal: null }), null);
    }
    await assert.rejects(recognizer.setModel(bytes, { onProgress: 7 }), code("INVALID_OPTION"));
  });

  test("a microphone under Node", async () => {
    await assert.rejects(recognizer.listen(), code("UNSUPPORTED"));
  });
});

test("silence is no speech, without a label and without probabilities", async () => {
  const answer = await recognizer.classify(new Float32Array(32_000), { sampleRate: 16_000 });
  assert.equal(answer.state, "no-speech");
  assert.equal(answer.label, null);
  assert.equal(answer.confidence, null);
  assert.equal(answer.probabilities, null);
});

describe("ending", () => {
  test("an aborted signal rejects at once, with its reason as the cause", async () => {
    const reason = new Error("enough");
    const error = await recognizer.classify(bytes, { signal: AbortSignal.abort(reason) }).catch((it) => it);
    assert.ok(code("ABORTED")(error));
    assert.equal(error.cause, reason);
  });

  test("a signal ends a call that runs, and no other", async () => {
    const controller = new AbortController();
    const long = Float32Array.from({ length: 16_000 * 600 }, (_, i) => samples[i % samples.length]);
    const ended = recognizer.classify(long, { sampleRate: 16_000, signal: controller.signal });
    const other = recognizer.classify(bytes);
    setTimeout(() => controller.abort(), 50);
    const began = performance.now();
    await assert.rejects(ended, code("ABORTED"));
    assert.ok(performance.now() - began < 5_000, "it did not run to the end");
    assert.deepEqual(bare(await other), bare(expected));
  });

  test("a signal ends a loop", async () => {
    const controller = new AbortController();
    const loop = async () => {
      for await (const window of recognizer.analyze(bytes, { signal: controller.signal })) {
        assert.ok(window);
        controller.abort();
      }
    };
    await assert.rejects(loop(), code("ABORTED"));
  });

  test("dispose rejects what is pending and what comes later; twice is once", async () => {
    const model = await readPackaged("model/default.emo");
    const own = await EmotionRecognizer.load({ worker: false });
    const pending = [own.classify(bytes), collect(own.analyze(bytes)), own.setModel(model)];
    own.dispose();
    own.dispose();
    own[Symbol.dispose]();
    await Promise.all(pending.map((call) => assert.rejects(call, code("DISPOSED"))));
    await assert.rejects(own.classify(bytes), code("DISPOSED"));
    await assert.rejects(collect(own.analyze(bytes)), code("DISPOSED"));
    await assert.rejects(own.listen(), code("DISPOSED"));
    assert.deepEqual(bare(await recognizer.classify(bytes)), bare(expected), "the other one lives");
  });
});
