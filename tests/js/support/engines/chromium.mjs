// Chromium, for what the tests of the package cannot ask of Playwright.

import { startPuppeteer } from "./puppeteer.mjs";

/** @returns {Promise<import("./engine.mjs").Engine>} */
export const startChromium = () =>
  startPuppeteer({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    // A microphone that beeps, and leave to use it.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
    // As visitors have it: what is hidden is held back.
    ignoreDefaultArgs: ["--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding"],
  });
