// The native answers, by the `train` program.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { expectFile, trainProgram } from "./environment.mjs";

/**
 * @param {string[]} files
 * @param {string} [model] a model file; the shipped weights where it is left out
 * @returns {Promise<{ path: string, state: string, label: string | null, probabilities: Record<string, number> | null }[]>}
 */
export async function predict(files, model) {
  expectFile("TRAIN_BIN", trainProgram);
  const chosen = model ? ["--model", model] : [];
  const { stdout } = await promisify(execFile)(trainProgram, ["predict", "--json", ...chosen, ...files], { maxBuffer: 64 << 20 });
  const answers = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(answers.length, files.length, "one answer a file");
  return answers;
}

/** The distance between the two most probable labels; 0 where there is no speech. */
export function margin({ probabilities }) {
  const [first = 0, second = 0] = Object.values(probabilities ?? {}).sort((a, b) => b - a);
  return first - second;
}

/**
 * Asserts equal labels, states and, to 1e-4, probabilities.
 * @param {{ state: string, label: string | null, probabilities: Record<string, number> | null }} actual
 * @param {{ state: string, label: string | null, probabilities: Record<string, number> | null }} expected
 * @param {string} what
 * @returns {number} the largest difference
 */
export function assertSameAnswer(actual, expected, what) {
  assert.equal(actual.state, expected.state, `${what}: state`);
  assert.equal(actual.label || null, expected.label, `${what}: label`);
  const labels = Object.keys(expected.probabilities ?? {});
  assert.deepEqual(Object.keys(actual.probabilities ?? {}), labels, `${what}: labels and their order`);
  let largest = 0;
  for (const label of labels) {
    const difference = Math.abs(actual.probabilities[label] - expected.probabilities[label]);
    assert.ok(difference <= 1e-4, `${what}: ${label} is ${actual.probabilities[label]}, expected ${expected.probabilities[label]}`);
    largest = Math.max(largest, difference);
  }
  return largest;
}
