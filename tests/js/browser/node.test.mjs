// The same package under Node, without a browser: the same answers.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { corpusNote, tenClips } from "../support/clips.mjs";
import { packageDir } from "../support/environment.mjs";
import { assertSameAnswer, predict } from "../support/native.mjs";

test("ten WAVs get the native answers from wasm under Node", async (t) => {
  t.diagnostic(corpusNote);
  const clips = await tenClips();
  const native = await predict(clips);
  const { EmotionRecognizer } = await import(pathToFileURL(path.join(packageDir, "index.js")));
  const recognizer = await EmotionRecognizer.load({ worker: false });
  let largest = 0;
  for (const [i, clip] of clips.entries()) {
    const { buffer, byteOffset, byteLength } = await readFile(clip);
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    largest = Math.max(largest, assertSameAnswer(await recognizer.classify(bytes), native[i], clip));
  }
  recognizer.dispose();
  t.diagnostic(`largest difference ${largest.toExponential(1)}`);
});
