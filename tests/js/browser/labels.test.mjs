// A model of three labels, trained here from a list of recordings, shows three bars and the native answer.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { startDemo } from "../support/demo.mjs";
import { trainProgram } from "../support/environment.mjs";
import { assertSameAnswer } from "../support/native.mjs";

let stage, directory;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "emotionai-labels-"));
  stage = await startDemo();
});
after(async () => {
  await stage?.close();
  await rm(directory, { recursive: true });
});

const train = async (...args) => (await promisify(execFile)(trainProgram, args, { encoding: "utf8" })).stdout;

test("a model of three labels shows three bars and the native answer", async () => {
  const [data, model] = ["data", "three.emo"].map((name) => path.join(directory, name));
  await train("synthesize", "--out", data, "--speakers", "3", "--valid", "1", "--takes", "2");
  const small = ["architecture.channels=[4, 8, 8, 16]", "augment.speeds=[]", "augment.distortions=0"];
  await train("fit", "--data", data, "--out", model, "--epochs", "1", ...small.flatMap((field) => ["--set", field]));
  const clip = path.join(data, "S03-tired-1.wav");
  const native = JSON.parse(await train("predict", "--json", "--model", model, clip));
  const bytes = await readFile(model);
  const prepare = (context) => context.route("**/*.emo", (route) => route.fulfill({ body: bytes }));
  const demo = await stage.open({ prepare });
  const shown = await demo.choose(clip);
  assert.deepEqual(shown.labels, ["excited", "friendly", "tired"]);
  assertSameAnswer(shown, native, clip);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});
