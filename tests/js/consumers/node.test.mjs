// A program under Node that imports the package by its name.

import assert from "node:assert/strict";
import { test } from "node:test";

import { voicePath } from "../support/environment.mjs";
import { assertSameAnswer, predict } from "../support/native.mjs";
import { runIn } from "../support/projects.mjs";

test("a WAV's bytes and its samples get the native answer, and nothing is said on the side", async () => {
  const { stdout, stderr } = await runIn("node", "node", ["classify.mjs", voicePath]);
  const [native] = await predict([voicePath]);
  const { fromFile, fromSamples } = JSON.parse(stdout);
  assertSameAnswer(fromFile, native, "the file");
  assertSameAnswer(fromSamples, native, "the samples");
  assert.equal(stderr, "");
});
