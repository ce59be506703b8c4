// Every failure becomes an EmotionError with the right code, on either side of a Worker.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { importSource } from "../support/source.mjs";

const { EmotionError, fromWireError, isTrap, toEmotionError, toWireError } = await importSource("errors");

/** What a function throws. */
const thrownBy = (run) => {
  try {
    return run();
  } catch (thrown) {
    return thrown;
  }
};
const overflow = () => overflow() + 1;

const cases = [
  ["an error that Rust gave a code", Object.assign(new Error("too short"), { code: "TOO_SHORT" }), "TOO_SHORT"],
  ["an abort", new DOMException("gone", "AbortError"), "ABORTED"],
  ["an array that could not be allocated", new RangeError("Array buffer allocation failed"), "OUT_OF_MEMORY"],
  ["an array longer than any", thrownBy(() => new Float32Array(2 ** 40)), "OUT_OF_MEMORY"],
  ["a wasm memory that cannot grow", thrownBy(() => new WebAssembly.Memory({ initial: 1, maximum: 1 }).grow(1)), "OUT_OF_MEMORY"],
  ["Firefox's string", "out of memory", "OUT_OF_MEMORY"],
  ["Safari's range error", new RangeError("Out of memory"), "OUT_OF_MEMORY"],
  ["a full stack", thrownBy(overflow), "INTERNAL"],
  ["a number of digits out of range", thrownBy(() => (1).toFixed(101)), "INTERNAL"],
  ["an offset out of bounds", thrownBy(() => new Uint8Array(1).set([1], 5)), "INTERNAL"],
  ["an array of negative length", thrownBy(() => new Float32Array(-1)), "INTERNAL"],
  ["a date out of range", thrownBy(() => new Date(NaN).toISOString()), "INTERNAL"],
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

test("a trap and a full stack leave the wasm memory unknown; other errors do not", () => {
  const traps = [new WebAssembly.RuntimeError("unreachable"), thrownBy(overflow), Object.assign(new Error("too much recursion"), { name: "InternalError" })];
  assert.deepEqual(traps.map(isTrap), [true, true, true]);
  const others = [new RangeError("Array buffer allocation failed"), new EmotionError("TOO_SHORT", "10 ms"), "unreachable", undefined];
  assert.deepEqual(others.map(isTrap), [false, false, false, false]);
});

test("every code of Rust is one of the package", async () => {
  const source = await readFile(new URL("../../../src/error.rs", import.meta.url), "utf8");
  const codes = new Set(source.match(/"[A-Z]+(_[A-Z]+)+"|"INTERNAL"/g).map((code) => JSON.parse(code)));
  assert.ok(codes.size >= 7, `${[...codes]}`);
  for (const code of codes) assert.equal(toEmotionError(Object.assign(new Error("?"), { code })).code, code);
});
