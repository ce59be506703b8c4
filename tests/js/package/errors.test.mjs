// Every failure becomes an EmotionError with the right code, on either side of a Worker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { importModule } from "../support/environment.mjs";

const { EmotionError, fromWireError, toEmotionError, toWireError } = await importModule("errors.js");

const cases = [
  ["an error that Rust gave a code", Object.assign(new Error("too short"), { code: "TOO_SHORT" }), "TOO_SHORT"],
  ["an abort", new DOMException("gone", "AbortError"), "ABORTED"],
  ["an array that could not be had", new RangeError("Array buffer allocation failed"), "OUT_OF_MEMORY"],
  ["a Node error with a code of its own", Object.assign(new Error("no such file"), { code: "ENOENT" }), "INTERNAL"],
  ["a name of every object", Object.assign(new Error("?"), { code: "toString" }), "INTERNAL"],
  ["a string", "oh no", "INTERNAL"],
  ["nothing", undefined, "INTERNAL"],
];
for (const [name, thrown, code] of cases) {
  test(`${name} becomes ${code}`, () => {
    const error = toEmotionError(thrown);
    assert.ok(error instanceof EmotionError);
    assert.equal(error.code, code);
    if (code === "INTERNAL") assert.equal(error.cause, thrown);
  });
}

test("an EmotionError stays itself", () => {
  const error = new EmotionError("NO_DEVICE", "none");
  assert.equal(toEmotionError(error), error);
  assert.equal(error.name, "EmotionError");
  assert.match(String(error), /^EmotionError: none/);
});

test("an error crosses threads with its code and its cause", () => {
  const cause = new TypeError("deep down");
  const there = fromWireError(structuredClone(toWireError(new EmotionError("INTERNAL", "outside", { cause }))));
  assert.ok(there instanceof EmotionError);
  assert.equal(there.code, "INTERNAL");
  assert.equal(there.message, "outside");
  assert.equal(there.cause.name, "TypeError");
  assert.equal(there.cause.message, "deep down");
  assert.equal(there.cause.stack, cause.stack);
});

test("a cause that cannot be cloned crosses as text", () => {
  const wire = toWireError(new EmotionError("INTERNAL", "outside", { cause: { method() {} } }));
  assert.equal(fromWireError(structuredClone(wire)).cause.message, "[object Object]");
});
