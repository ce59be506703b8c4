// A visitor with a real browser and a microphone that plays the synthetic voice.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { launch, microphonePlaying } from "./chromium.mjs";
import { voicePath } from "./environment.mjs";
import { assertSameAnswer } from "./native.mjs";
import { importFrom } from "./projects.mjs";

/** For tests that wait for a page: whatever never comes must not hold up the rest. */
export const patience = { timeout: 120_000 };

/** What the package answers under Node for the synthetic voice. */
export async function answerUnderNode() {
  const { EmotionRecognizer } = await importFrom("node", "index.js");
  const recognizer = await EmotionRecognizer.load();
  const answer = await recognizer.classify(await readFile(voicePath));
  recognizer.dispose();
  assert.notEqual(answer.state, "no-speech");
  return answer;
}

/** A browser, to be closed. */
export async function startVisitor() {
  const browser = await launch(microphonePlaying(voicePath));
  return {
    browser,
    close: () => browser.close(),
    /** Opens an address, and writes down whatever goes wrong and whatever is asked of the network. */
    async visit(url) {
      const page = await browser.newPage();
      const visit = { page, problems: [], requests: [] };
      page.on("console", (message) => {
        // The browser asks for it by itself, where the policy does not forbid that.
        if (message.location().url.endsWith("/favicon.ico")) return;
        if (["warning", "error"].includes(message.type())) visit.problems.push(`console ${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => visit.problems.push(`uncaught: ${error.stack}`));
      page.on("response", (response) => {
        if (response.status() >= 400) visit.problems.push(`${response.status()}: ${response.url()}`);
      });
      page.on("request", (request) => visit.requests.push(request.url()));
      await page.goto(url);
      return visit;
    },
  };
}

/**
 * Has a page that put the package's exports into `globalThis.emotionai` do what its users do: load it, classify a
 * recording in the Worker, listen to the microphone, and do without the Worker. Only loading may ask the network.
 */
export async function assertWorks({ page, problems, requests }, expected) {
  await page.waitForFunction(() => globalThis.emotionai);
  await page.evaluate(async (base64) => {
    globalThis.voice = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
    globalThis.recognizer = await globalThis.emotionai.EmotionRecognizer.load();
  }, (await readFile(voicePath)).toString("base64"));
  assert.equal(page.workers().length, 1, `inference runs in a Worker; ${problems}`);

  const loading = requests.length;
  assertSameAnswer(await page.evaluate(() => globalThis.recognizer.classify(globalThis.voice)), expected, "in the Worker");
  const heard = await page.evaluate(async () => {
    const session = await globalThis.recognizer.listen();
    let last;
    for await (last of session) if (last.state !== "no-speech" || last.endMs > 10_000) break;
    await session.stop();
    return { last, tracks: session.stream.getTracks().map(({ readyState }) => readyState) };
  });
  assert.notEqual(heard.last.state, "no-speech");
  assert.deepEqual(heard.tracks, ["ended"]);
  assert.deepEqual(requests.slice(loading), [], "nothing was asked of the network after loading");

  const alone = await page.evaluate(async () => {
    const recognizer = await globalThis.emotionai.EmotionRecognizer.load({ worker: false });
    return recognizer.classify(globalThis.voice);
  });
  assertSameAnswer(alone, expected, "on the page's own thread");
  assert.deepEqual(problems, []);
}
