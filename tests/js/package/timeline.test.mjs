// What is made of a timeline: its sum, and the files that other programs read.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { importModule } from "../support/environment.mjs";

const { summarize, toCsv, toJson, toWebVtt } = await importModule("index.js");

/** A window of speech, or of a state without a label. */
const window = (startMs, endMs, label, confidence = 0.75) => {
  const isState = label === "uncertain" || label === "no-speech";
  return {
    state: isState ? label : "speech",
    label: isState ? null : label,
    confidence: label === "no-speech" ? null : confidence,
    probabilities: label === "no-speech" ? null : { calm: 0.25, angry: 0.5, sad: 0.25 },
    provisional: false,
    startMs,
    endMs,
    latencyMs: 5,
    modelId: "test",
  };
};
/** Windows of two seconds every half second, as they come from an input: growing at first. */
const overlapping = (...labels) =>
  labels.map((label, i) => window(Math.max(1000 + i * 500 - 2000, 0), 1000 + i * 500, label));

describe("the sum", () => {
  test("side by side, each window counts for its own time", () => {
    const summary = summarize([window(0, 1000, "calm"), window(1000, 3000, "angry"), window(3000, 4000, "uncertain"), window(4000, 6000, "no-speech")]);
    assert.deepEqual(summary, {
      durationMs: 6000,
      speechMs: 4000,
      shares: { calm: 0.25, angry: 0.5, sad: 0 },
      uncertainShare: 0.25,
      dominant: "angry",
      transitions: [{ atMs: 1000, from: "calm", to: "angry" }],
    });
  });

  test("where windows overlap, nothing counts twice, and each has the half that is nearer to it", () => {
    const results = overlapping("calm", "calm", "calm", "calm", "angry", "angry", "angry");
    const { durationMs, speechMs, shares, transitions } = summarize(results);
    assert.equal(durationMs, 4000);
    assert.equal(speechMs, 4000);
    // The last calm window ends at 2500 ms, the first angry one begins at 1000 ms.
    assert.deepEqual(transitions, [{ atMs: 1750, from: "calm", to: "angry" }]);
    assert.deepEqual(shares, { calm: 1750 / 4000, angry: 2250 / 4000, sad: 0 });
  });

  test("in any order it is the same", () => {
    const results = overlapping("calm", "no-speech", "sad", "uncertain", "angry", "calm");
    assert.deepEqual(summarize([...results].reverse()), summarize(results));
  });

  test("what lies between two emotions is passed over, and a pause belongs to nobody", () => {
    const { durationMs, transitions } = summarize([
      window(0, 1000, "calm"),
      window(1000, 2000, "no-speech"),
      window(2000, 3000, "calm"),
      window(3000, 4000, "uncertain"),
      window(9000, 10_000, "sad"),
    ]);
    assert.equal(durationMs, 5000);
    assert.deepEqual(transitions, [{ atMs: 9000, from: "calm", to: "sad" }]);
  });

  test("of nothing, and of silence, there is nothing", () => {
    const nothing = { durationMs: 0, speechMs: 0, shares: {}, uncertainShare: 0, dominant: null, transitions: [] };
    assert.deepEqual(summarize([]), nothing);
    assert.deepEqual(summarize([window(0, 1000, "no-speech")]), { ...nothing, durationMs: 1000 });
    const { dominant, uncertainShare, shares } = summarize([window(0, 1000, "uncertain")]);
    assert.deepEqual({ dominant, uncertainShare, shares }, { dominant: null, uncertainShare: 1, shares: { calm: 0, angry: 0, sad: 0 } });
  });

  test("of equals the first label of the model leads; a name of every object is a label like any other", () => {
    assert.equal(summarize([window(0, 1000, "angry"), window(1000, 2000, "calm")]).dominant, "calm");
    const { shares, dominant } = summarize([{ ...window(0, 1000, "__proto__"), probabilities: JSON.parse('{"__proto__": 1}') }]);
    assert.equal(dominant, "__proto__");
    assert.deepEqual(Object.entries(shares), [["__proto__", 1]]);
  });

  test("it takes whatever can be iterated, and leaves it alone", () => {
    const results = Object.freeze(overlapping("sad", "calm").map(Object.freeze));
    assert.equal(summarize(new Set(results)).durationMs, 1500);
  });
});

describe("CSV", () => {
  test("a line each, a column a label, nothing where there is nothing", () => {
    const csv = toCsv([window(0, 1000, "calm"), window(500.12345, 1500, "no-speech")]);
    assert.equal(
      csv,
      "startMs,endMs,state,label,confidence,provisional,calm,angry,sad,latencyMs,modelId\r\n" +
        "0,1000,speech,calm,0.75,false,0.25,0.5,0.25,5,test\r\n" +
        "500.123,1500,no-speech,,,false,,,,5,test\r\n",
    );
  });

  test("commas, quotes and line breaks are quoted", () => {
    const label = 'so, "so"\nla la';
    const csv = toCsv([{ ...window(0, 1, label), probabilities: { [label]: 1 } }]);
    const quoted = '"so, ""so""\nla la"';
    assert.equal(csv.split("\r\n")[0], `startMs,endMs,state,label,confidence,provisional,${quoted},latencyMs,modelId`);
    assert.equal(csv.split("\r\n")[1], `0,1,speech,${quoted},0.75,false,1,5,test`);
  });

  test("of nothing, the header alone", () => {
    assert.equal(toCsv([]), "startMs,endMs,state,label,confidence,provisional,latencyMs,modelId\r\n");
  });
});

test("JSON is what was given", () => {
  const results = overlapping("calm", "no-speech", "uncertain");
  assert.deepEqual(JSON.parse(toJson(results)), results);
  assert.deepEqual(JSON.parse(toJson(new Set(results))), results);
  assert.equal(toJson([]), "[]");
});

describe("WebVTT", () => {
  test("one cue as long as the emotion stays, none without speech", () => {
    const results = [
      window(0, 1000, "calm", 0.5),
      window(1000, 4000, "calm", 0.9),
      window(4000, 5000, "no-speech"),
      window(5000, 6000, "uncertain"),
      window(3_600_000 + 61_000, 3_600_000 + 62_001.6, "angry"),
    ];
    assert.equal(
      toWebVtt(results),
      "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\ncalm 80%\n\n00:00:05.000 --> 00:00:06.000\nuncertain\n\n01:01:01.000 --> 01:01:02.002\nangry 75%\n",
    );
  });

  test("cues of windows that overlap do not", () => {
    const vtt = toWebVtt(overlapping("calm", "calm", "calm", "calm", "angry", "no-speech", "angry"));
    const times = [...vtt.matchAll(/^(\S+) --> (\S+)$/gm)].map(([, start, end]) => [start, end]);
    assert.deepEqual(times, [
      ["00:00:00.000", "00:00:01.750"],
      ["00:00:01.750", "00:00:02.250"],
      ["00:00:02.750", "00:00:04.000"],
    ]);
  });

  test("a label can break no cue", () => {
    const vtt = toWebVtt([window(0, 1000, "<b>a & b\n\n00:00 --> 99:00")]);
    assert.equal(vtt, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n&lt;b&gt;a &amp; b 00:00 --&gt; 99:00 75%\n");
  });

  test("of nothing, a file without cues; a stretch that rounds to nothing is none", () => {
    assert.equal(toWebVtt([]), "WEBVTT\n");
    assert.equal(toWebVtt([window(0, 0.2, "calm")]), "WEBVTT\n");
  });
});
