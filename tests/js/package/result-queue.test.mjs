// Results for `for await`: nothing lost to a reader that keeps up, nothing kept for one that does not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { importSource } from "../support/source.mjs";

const { ResultQueue } = await importSource("listen/result-queue");

const queue = (onReturn = () => {}) => new ResultQueue(onReturn);
const readAll = async (results) => {
  const read = [];
  for await (const result of results) read.push(result);
  return read;
};

test("a reader gets what was written before and after it came, then the end", async () => {
  const results = queue();
  results.push(1);
  const reading = readAll(results);
  results.push(2);
  await Promise.resolve();
  results.push(3);
  results.end();
  results.push(4);
  assert.deepEqual(await reading, [1, 2, 3]);
});

test("an error comes after what was written before it, and once", async () => {
  const results = queue();
  results.push(1);
  results.end(new Error("gone"));
  assert.deepEqual(await results.next(), { value: 1, done: false });
  await assert.rejects(results.next(), /gone/);
  assert.deepEqual(await results.next(), { value: undefined, done: true });
});

test("a waiting reader is told of the end", async () => {
  const results = queue();
  const waiting = results.next();
  results.end();
  assert.equal((await waiting).done, true);
});

test("for a reader that falls behind, the oldest go", async () => {
  const results = queue();
  for (let i = 0; i < 1000; i++) results.push(i);
  results.end();
  const read = await readAll(results);
  assert.equal(read.length, 256);
  assert.equal(read.at(-1), 999);
});

test("a reader that leaves its loop is let go", async () => {
  const left = [];
  const results = queue((it) => left.push(it));
  results.push(1);
  for await (const result of results) if (result === 1) break;
  assert.deepEqual(left, [results]);
});
