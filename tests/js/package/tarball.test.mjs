// What `npm pack` makes of the package: every file that is in it, and how much it weighs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";

import { packageDir } from "../support/environment.mjs";

/** What a user has to download at most. */
const limitBytes = 3_000_000;

let packed;
before(async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"], { cwd: packageDir, maxBuffer: 16 << 20 });
  [packed] = JSON.parse(stdout);
});

test("it holds every file of the package: a `files` field that forgets one shows only here", async () => {
  const names = await readdir(packageDir, { recursive: true });
  const isFile = await Promise.all(names.map(async (name) => (await stat(path.join(packageDir, name))).isFile()));
  const files = names.filter((name, i) => isFile[i] && !name.startsWith("node_modules"));
  assert.ok(files.includes("index.js") && files.includes("wasm/emotionai_voice_bg.wasm"), `${files}`);
  assert.deepEqual(packed.files.map((file) => file.path).sort(), files.sort());
});

test("it is small enough", (t) => {
  t.diagnostic(`${packed.size} bytes`);
  assert.ok(packed.size <= limitBytes, `expected at most ${limitBytes} bytes packed, got ${packed.size}`);
});
