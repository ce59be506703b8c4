// A browser that puppeteer drives, as an engine.

import puppeteer from "puppeteer-core";

/**
 * @param {import("puppeteer-core").LaunchOptions} options
 * @returns {Promise<import("./engine.mjs").Engine>}
 */
export async function startPuppeteer(options) {
  const browser = await puppeteer.launch({ headless: true, protocolTimeout: 60_000, ...options });
  return {
    async open(url) {
      const page = await browser.newPage();
      const problems = [];
      page.on("console", (message) => {
        // The browser asks for it by itself, and says so where there is none.
        const isIcon = message.location()?.url?.endsWith("/favicon.ico");
        if (["warn", "error"].includes(message.type()) && !isIcon) problems.push(`console ${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", ({ message }) => {
        // And where the policy forbids it.
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
        show: () => page.bringToFront(),
        problems: async () => problems,
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}
