// Voice profiles under Node, with the real code: making, using, keeping and refusing them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { forProfiles, withoutProfiles } from "../support/model-file.mjs";
import { importModule, readPackaged, voicePath } from "../support/environment.mjs";
import { decode, wav } from "../support/wav.mjs";

const { EmotionError, EmotionRecognizer } = await importModule("index.js");

const code = (expected) => (error) => {
  assert.ok(error instanceof EmotionError, `${error?.stack}`);
  assert.equal(error.code, expected, error.message);
  return true;
};
/** Without what differs from run to run. */
const bare = ({ latencyMs, ...result }) => result;

let shipped, model, bytes, samples, sampleRate, recognizer, plain, profile, adapted;
before(async () => {
  shipped = await readPackaged("model/default.emo");
  model = forProfiles(shipped);
  bytes = await readFile(voicePath);
  ({ samples, sampleRate } = decode(bytes));
  recognizer = await EmotionRecognizer.load({ model });
  plain = bare(await recognizer.classify(bytes));
  profile = await recognizer.enroll(bytes);
  recognizer.setProfile(profile);
  adapted = bare(await recognizer.classify(bytes));
  recognizer.setProfile(null);
});
after(() => recognizer.dispose());

/** A recognizer of this test's own, which may be given other models. */
async function own(t, file = model) {
  const loaded = await EmotionRecognizer.load({ model: file });
  t.after(() => loaded.dispose());
  return loaded;
}

test("a profile is a plain object of numbers, and nothing changes until it is set", async () => {
  assert.deepEqual(JSON.parse(JSON.stringify(profile)), profile);
  assert.deepEqual(Object.keys(profile).sort(), ["logits", "space", "speechMs"]);
  assert.equal(profile.space, recognizer.model.profileSpace);
  assert.ok(profile.speechMs > 1000);
  assert.equal(profile.logits.length, recognizer.model.labels.length);
  assert.ok(Object.isFrozen(profile) && Object.isFrozen(profile.logits));
  assert.equal(recognizer.profile, null);
  assert.deepEqual(bare(await recognizer.classify(bytes)), plain);
});

test("once set it changes the answers, until null takes it away", async () => {
  assert.notDeepEqual(adapted.probabilities, plain.probabilities);
  recognizer.setProfile(JSON.parse(JSON.stringify(profile)));
  assert.deepEqual(recognizer.profile, profile);
  assert.deepEqual(bare(await recognizer.classify(bytes)), adapted, "as it was kept, so it is used");
  assert.deepEqual(bare(await recognizer.classify(samples, { sampleRate })), adapted);
  recognizer.setProfile(null);
  assert.equal(recognizer.profile, null);
  assert.deepEqual(bare(await recognizer.classify(bytes)), plain);
});

test("what the caller does to the object afterwards changes nothing", async (t) => {
  const recognizer = await own(t);
  const mine = structuredClone(profile);
  recognizer.setProfile(mine);
  mine.logits.fill(-1);
  mine.space = "elsewhere";
  assert.deepEqual(bare(await recognizer.classify(bytes)), adapted);
});

test("recordings of any shape add up", async () => {
  assert.deepEqual(await recognizer.enroll(samples, { sampleRate }), profile);
  const both = await recognizer.enroll([bytes, new Blob([bytes])]);
  assert.ok(Math.abs(both.speechMs - 2 * profile.speechMs) < 1);
  both.logits.forEach((logit, label) => assert.ok(Math.abs(logit - profile.logits[label]) < 1e-3));
});

describe("bad input gets its code", () => {
  const silence = new Float32Array(160_000);
  const at = { sampleRate: 16_000 };
  const cases = [
    ["silence", () => silence, at, "TOO_SHORT", /0 ms/],
    ["no recording", () => [], undefined, "TOO_SHORT", /1000 ms/],
    ["half a second of the voice", () => wav(samples.subarray(0, sampleRate >> 1), { sampleRate }), undefined, "TOO_SHORT", /1000 ms/],
    ["10 ms", () => silence.subarray(0, 160), at, "TOO_SHORT", /100 ms/],
    ["samples without a rate", () => silence, undefined, "MISSING_SAMPLE_RATE", /sampleRate/],
    ["one that is no audio among others", () => [bytes, new Uint8Array(9)], undefined, "UNSUPPORTED_FORMAT", /./],
    ["nothing", () => undefined, undefined, "INVALID_AUDIO", /undefined/],
  ];
  for (const [name, make, options, expected, words] of cases) {
    test(name, async () => {
      const error = await recognizer.enroll(make(), options).catch((it) => it);
      assert.ok(code(expected)(error));
      assert.match(error.message, words);
      assert.deepEqual(await recognizer.enroll(bytes), profile, "and the next call its profile");
    });
  }

  const damaged = [
    ["nothing", () => undefined],
    ["text", () => JSON.stringify(profile)],
    ["an empty object", () => ({})],
    ["no logits", () => ({ ...profile, logits: undefined })],
    ["an empty list", () => ({ ...profile, logits: [] })],
    ["NaN", () => ({ ...profile, logits: profile.logits.map(() => NaN) })],
    ["infinity", () => ({ ...profile, logits: profile.logits.map(() => Infinity) })],
    ["more than the engine counts to", () => ({ ...profile, logits: profile.logits.map(() => 1e39) })],
    ["no length", () => ({ ...profile, speechMs: null })],
    ["a millisecond of speech", () => ({ ...profile, speechMs: 1 })],
    ["fewer logits than labels", () => ({ ...profile, logits: profile.logits.slice(1) })],
    ["more of them", () => ({ ...profile, logits: [...profile.logits, 0] })],
  ];
  for (const [name, make] of damaged) {
    test(`${name} in place of a profile`, async (t) => {
      const recognizer = await own(t);
      recognizer.setProfile(profile);
      assert.throws(() => recognizer.setProfile(make()), code("INVALID_OPTION"));
      assert.deepEqual(recognizer.profile, profile, "the one before stays");
    });
  }

  test("a model that was not calibrated for profiles", async (t) => {
    const recognizer = await own(t, withoutProfiles(shipped));
    assert.equal(recognizer.model.profileSpace, null);
    await assert.rejects(recognizer.enroll(bytes), code("MODEL_MISMATCH"));
    assert.throws(() => recognizer.setProfile(profile), code("MODEL_MISMATCH"));
    recognizer.setProfile(null);
    assert.deepEqual(bare(await recognizer.classify(bytes)), plain);
  });

  test("a profile of another model", () => {
    assert.throws(() => recognizer.setProfile({ ...profile, space: "elsewhere" }), code("MODEL_MISMATCH"));
    assert.equal(recognizer.profile, null);
  });
});

test("what runs finishes with what it began with, and the next call takes the new", async (t) => {
  const recognizer = await own(t);
  const drive = async (results, step) => {
    for (; !step.done; step = await results.next());
    return bare(step.value);
  };
  const without = recognizer.analyze(bytes);
  const first = await without.next();
  recognizer.setProfile(profile);
  assert.deepEqual(await drive(without, first), plain);
  const withIt = recognizer.analyze(bytes);
  const next = await withIt.next();
  recognizer.setProfile(null);
  assert.deepEqual(await drive(withIt, next), adapted);
});

describe("another model", () => {
  test("keeps the profile where the weights are the same", async (t) => {
    const recognizer = await own(t);
    recognizer.setProfile(profile);
    await recognizer.setModel(forProfiles(shipped, (header) => (header.calibration.temperature *= 2)));
    assert.deepEqual(recognizer.profile, profile);
    assert.notDeepEqual((await recognizer.classify(bytes)).probabilities, adapted.probabilities);
    await recognizer.setModel(model);
    assert.deepEqual(recognizer.profile, profile);
    assert.deepEqual((await recognizer.classify(bytes)).probabilities, adapted.probabilities);
  });

  const others = [
    ["is another", () => forProfiles(shipped, (header) => (header.id = "another"))],
    ["was not calibrated for profiles", () => withoutProfiles(shipped)],
  ];
  for (const [name, make] of others) {
    test(`drops the profile where it ${name}, for calls in between as well`, async (t) => {
      const recognizer = await own(t);
      recognizer.setProfile(profile);
      const change = recognizer.setModel(make());
      const between = recognizer.classify(bytes);
      await change;
      assert.equal(recognizer.profile, null);
      assert.ok((await between).probabilities);
      assert.ok((await recognizer.classify(bytes)).probabilities);
      assert.throws(() => recognizer.setProfile(profile), code("MODEL_MISMATCH"));
    });
  }

  test("one that is refused leaves the profile", async (t) => {
    const recognizer = await own(t);
    recognizer.setProfile(profile);
    await assert.rejects(recognizer.setModel(shipped.subarray(0, 100)), code("MODEL_FORMAT"));
    assert.deepEqual(bare(await recognizer.classify(bytes)), adapted);
  });
});

test("an aborted signal and dispose end it", async () => {
  const own = await EmotionRecognizer.load({ model });
  await assert.rejects(own.enroll(bytes, { signal: AbortSignal.abort() }), code("ABORTED"));
  const pending = own.enroll(bytes);
  own.dispose();
  await assert.rejects(pending, code("DISPOSED"));
  await assert.rejects(own.enroll(bytes), code("DISPOSED"));
  assert.throws(() => own.setProfile(profile), code("DISPOSED"));
});
