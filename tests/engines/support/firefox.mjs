// Firefox, over WebDriver BiDi.

import puppeteer from "puppeteer-core";

import { startSound } from "./sound.mjs";

const preferences = {
  // A microphone that beeps, and leave to use it.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
};

/** @returns {Promise<import("./engine.mjs").Engine>} */
export async function startFirefox() {
  const sound = await startSound();
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX || "/usr/bin/firefox-esr",
    headless: true,
    extraPrefsFirefox: preferences,
    protocolTimeout: 60_000,
    env: { ...process.env, PULSE_SERVER: sound.server },
  });
  return {
    async open(url) {
      const page = await browser.newPage();
      const problems = [];
      page.on("console", (message) => {
        if (["warn", "error"].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", ({ message }) => {
        // The browser asks for it by itself, and says so where the policy forbids that.
        if (!message.includes("/favicon.ico")) problems.push(`uncaught: ${message}`);
      });
      await page.goto(url);
      return {
        run: (task, ...args) => page.evaluate(task, ...args),
        click: (selector) => page.click(selector),
        async choose(selector, file) {
          const input = await page.$(selector);
          await input.uploadFile(file);
        },
        problems: async () => problems,
        close: () => page.close(),
      };
    },
    async close() {
      await browser.close();
      await sound.close();
    },
  };
}
