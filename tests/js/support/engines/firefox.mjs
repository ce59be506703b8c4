// Firefox, over WebDriver BiDi.

import { startPuppeteer } from "./puppeteer.mjs";
import { startSound } from "./sound.mjs";

const preferences = {
  // A microphone that beeps, and leave to use it.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
};

/** @returns {Promise<import("./engine.mjs").Engine>} */
export async function startFirefox() {
  const sound = await startSound();
  const firefox = await startPuppeteer({
    browser: "firefox",
    executablePath: process.env.FIREFOX || "/usr/bin/firefox-esr",
    extraPrefsFirefox: preferences,
    env: { ...process.env, PULSE_SERVER: sound.server },
  });
  return {
    ...firefox,
    async close() {
      await firefox.close();
      await sound.close();
    },
  };
}
