// What the microphone hears is judged as a file with the same sound is; and every way to have no microphone is said.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { microphoneBehindPermission, microphonePlaying } from "../support/chromium.mjs";
import { corpusNote, manyClips, tenClips } from "../support/clips.mjs";
import { startDemo } from "../support/demo.mjs";
import { ravdessDir } from "../support/environment.mjs";
import { assertSameAnswer, margin, predict } from "../support/native.mjs";

/** Below this a microphone's other clock and rounding may turn the answer. */
const sureMargin = 0.3;

test("a WAV played once into the microphone gets the emotion that the file gets", async (t) => {
  t.diagnostic(corpusNote);
  const answers = await predict(await manyClips());
  const sure = answers.filter(({ state }) => state === "speech").sort((a, b) => margin(b) - margin(a))[0];
  if (!sure || margin(sure) < sureMargin) {
    assert.ok(!ravdessDir, `expected a model that is sure of one of ${answers.length} recordings by ${sureMargin}`);
    t.skip(`NOT TESTED: the synthetic voice has no margin of ${sureMargin}; set RAVDESS_DIR`);
    return;
  }
  t.diagnostic(`${path.basename(sure.path)}: ${sure.label}, margin ${margin(sure).toFixed(2)}`);

  const stage = await startDemo({ flags: microphonePlaying(sure.path) });
  t.after(() => stage.close());
  const demo = await stage.open();
  const { endMs } = await demo.choose(sure.path);

  await demo.page.locator("#speak").click();
  await demo.waitFor("listening");
  // Silence follows the clip: it has been heard whole once the windows end past its end.
  await demo.page.locator("#level").waitFor({ state: "visible" });
  await demo.waitForEnd(Number(endMs) + 500);
  await demo.page.locator("#speak").click();
  await demo.waitFor("result");
  const heard = await demo.read();
  assert.equal(heard.source, "microphone");
  assert.equal(Number(heard.startMs), 0, "the answer is for all that was heard, not for a window of it");
  assert.equal(heard.state, "speech");
  assert.equal(heard.label, sure.label);
  t.diagnostic(`microphone: ${heard.label}, ${Number(heard.confidence).toFixed(2)}; file: ${Math.max(...Object.values(sure.probabilities)).toFixed(2)}`);
  assert.deepEqual(demo.problems, []);
});

describe("without a microphone the page says why, and still takes files", () => {
  let clip, native;
  before(async () => {
    [clip] = await tenClips();
    [native] = await predict([clip]);
  });

  const cases = [
    {
      name: "refused",
      flags: microphoneBehindPermission,
      permissions: [],
      code: "PERMISSION_DENIED",
      words: /refused/,
    },
    {
      name: "none connected",
      flags: [],
      permissions: ["microphone"],
      code: "NO_DEVICE",
      words: /No microphone was found/,
    },
    {
      name: "an insecure page",
      flags: ["--host-resolver-rules=MAP insecure.test 127.0.0.1"],
      host: "insecure.test",
      code: "INSECURE_CONTEXT",
      words: /https:/,
    },
  ];
  for (const { name, flags, permissions, host, code, words } of cases) {
    test(name, async (t) => {
      const stage = await startDemo({ flags });
      t.after(() => stage.close());
      const demo = await stage.open({
        url: host && `http://${host}:${stage.server.port}${stage.server.prefix}`,
        prepare: (context) => permissions && context.grantPermissions(permissions),
      });
      await demo.page.locator("#speak").click();
      await demo.waitFor("error");
      const refused = await demo.read();
      assert.equal(refused.error, code);
      assert.match(refused.errorText, words);
      assert.equal(await demo.page.locator("#speak-text").textContent(), "Start speaking");

      const shown = await demo.choose(clip);
      assert.equal(shown.error, null);
      assert.equal(shown.errorText, "");
      assertSameAnswer(shown, native, clip);
      assert.deepEqual(demo.problems, []);
    });
  }
});

describe("the microphone", () => {
  let stage, clip;
  before(async () => {
    [clip] = await tenClips();
    stage = await startDemo({ flags: microphonePlaying(clip) });
  });
  after(() => stage?.close());

  test("is asked for on the click, not before, and is let go on Stop", async () => {
    const demo = await stage.open({ prepare: watchTracks });
    assert.deepEqual(await trackStates(demo), []);
    await demo.page.locator("#speak").click();
    await demo.waitFor("listening");
    assert.deepEqual(await trackStates(demo), ["live"]);
    await demo.page.locator("#speak").click();
    await demo.waitFor("result", "ready");
    assert.deepEqual(await trackStates(demo), ["ended"]);
    assert.deepEqual(demo.problems, []);
    await demo.close();
  });

  test("is let go before a page that is left is put aside, and can be asked for again", async () => {
    const demo = await stage.open({ prepare: watchTracks });
    await demo.page.locator("#speak").click();
    await demo.waitFor("listening");
    const states = await demo.page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      // Still in the same task: a frozen page comes to no other.
      return globalThis.tracks.map(({ readyState }) => readyState);
    });
    assert.deepEqual(states, ["ended"]);
    assert.equal(await demo.waitFor("ready", "result"), "ready");
    await demo.page.locator("#speak").click();
    await demo.waitFor("listening");
    assert.deepEqual(demo.problems, []);
    await demo.close();
  });

  test("is let go when a file is dropped, and the file is answered", async () => {
    const demo = await stage.open({ prepare: watchTracks });
    await demo.page.locator("#speak").click();
    await demo.waitFor("listening");
    const shown = await demo.dropAndRead(clip);
    assert.equal(shown.page, "result");
    assert.equal(shown.source, "file");
    // The session ends beside the file's analysis, a moment before or after it.
    await demo.until(async () => (await trackStates(demo)).every((state) => state === "ended"), "the track to end");
    assert.deepEqual(demo.problems, []);
    await demo.close();
  });
});

/** Keeps every track that the page opens where the test can look at it. */
async function watchTracks(context) {
  await context.addInitScript(() => {
    globalThis.tracks = [];
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      globalThis.tracks.push(...stream.getTracks());
      return stream;
    };
  });
}

async function trackStates(demo) {
  return demo.page.evaluate(() => globalThis.tracks.map((track) => track.readyState));
}
