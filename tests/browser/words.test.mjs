// The parts of the page that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { dominant } from "../../www/dominant.js";
import { describeError, describeResult, formatTime } from "../../www/messages.js";

const heard = (label, confidence, provisional = false) => ({ state: "speech", label, confidence, provisional });
const uncertain = { state: "uncertain", label: null, confidence: 0.2, provisional: false };
const silent = { state: "no-speech", label: null, confidence: null, provisional: false };

const listening = [
  { name: "the label of most windows, by its surest", windows: [heard("sad", 0.5), heard("happy", 0.9), heard("sad", 0.6), silent], expected: heard("sad", 0.6) },
  { name: "the surer of two equally frequent", windows: [heard("sad", 0.5), heard("happy", 0.9)], expected: heard("happy", 0.9) },
  { name: "no first impression beside whole windows", windows: [heard("sad", 0.9, true), heard("sad", 0.8, true), heard("calm", 0.4)], expected: heard("calm", 0.4) },
  { name: "a first impression where there is no more", windows: [heard("sad", 0.9, true), silent], expected: heard("sad", 0.9, true) },
  { name: "uncertain rather than silent", windows: [uncertain, silent], expected: uncertain },
  { name: "silence, which is no emotion", windows: [silent, silent], expected: silent },
  { name: "nothing from nothing", windows: [], expected: null },
];
for (const { name, windows, expected } of listening) {
  test(`listening comes down to ${name}`, () => assert.deepEqual(dominant(windows), expected));
}

test("times are minutes, seconds and tenths", () => {
  const cases = [[0, "0:00.0"], [1234, "0:01.2"], [59_960, "1:00.0"], [75_500, "1:15.5"], [7_200_000, "120:00.0"]];
  for (const [ms, text] of cases) assert.equal(formatTime(ms), text);
});

test("a result without speech is never given an emotion", () => {
  assert.equal(describeResult(silent), "No speech");
  assert.match(describeResult(uncertain), /^Uncertain/);
  assert.equal(describeResult(heard("happy", 0.615)), "Happy, 62%");
});

test("an unknown failure is reported with what was thrown", () => {
  const { code, detail } = describeError(new TypeError("x is not a function"));
  assert.equal(code, "INTERNAL");
  assert.equal(detail, "x is not a function");
  assert.equal(describeError("plain text").detail, "plain text");
});
