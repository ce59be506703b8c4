// The manifest that ships is the one in the repository, with the version of the crate.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { readPackaged } from "../support/environment.mjs";

test("the version is that of the crate, and nothing else is changed or moved", async () => {
  const repository = path.resolve(import.meta.dirname, "../../..");
  const [template, cargo, shipped] = await Promise.all([
    readFile(path.join(repository, "pkg.json"), "utf8"),
    readFile(path.join(repository, "Cargo.toml"), "utf8"),
    readPackaged("package.json"),
  ]);
  const [, version] = cargo.match(/^version = "(.*)"$/m);
  const expected = { ...JSON.parse(template), version };
  // As text: the order of `exports` has a meaning.
  assert.equal(JSON.stringify(JSON.parse(shipped)), JSON.stringify(expected));
});
