// Firefox, over WebDriver BiDi.

import puppeteer from "puppeteer-core";

const preferences = {
  // A microphone that beeps, and leave to use it.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
};

/** @returns {Promise<import("./engine.mjs").Engine>} */
export async function startFirefox() {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX || "/usr/bin/firefox-esr",
    headless: true,
    extraPrefsFirefox: preferences,
  });
  return {
    async open(url) {
      const page = await browser.newPage();
      const problems = [];
      page.on("console", (message) => {
        if (["warn", "error"].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
      await page.goto(url);
      return {
        run: (task, ...args) => page.evaluate(task, ...args),
        click: (selector) => page.click(selector),
        async choose(selector, file) {
          const input = await page.$(selector);
          await input.uploadFile(file);
        },
        problems: () => problems,
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}
