// The parts of the page that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { describeError, describeResult, formatTime } from "../../../www/messages.js";

const heard = (label, confidence) => ({ state: "speech", label, confidence, provisional: false });
const uncertain = { state: "uncertain", label: null, confidence: 0.2, provisional: false };
const silent = { state: "no-speech", label: null, confidence: null, provisional: false };

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
