// The demo page as a test sees it: open it, give it a file, read what it shows.

import { launch } from "./chromium.mjs";
import { demoMounts, serve } from "./server.mjs";

/** How long a step may take before the test gives up, on a slow machine. */
const patience = 20_000;

/**
 * A browser with the served demo. One a test file; each test opens its own page.
 * @param {{ flags?: string[], mounts?: Parameters<typeof serve>[0] }} [options]
 */
export async function startDemo({ flags = [], mounts = demoMounts } = {}) {
  const server = await serve(mounts);
  const browser = await launch(flags);
  return {
    server,
    browser,
    /** @param {{ url?: string, ready?: boolean, context?: object, prepare?: (context: import("playwright-core").BrowserContext) => Promise<void> }} [options] */
    async open({ url = server.url, ready = true, context: settings = {}, prepare } = {}) {
      const context = await browser.newContext(settings);
      await prepare?.(context);
      const demo = new Demo(await context.newPage(), context);
      await demo.page.goto(url);
      if (ready) await demo.waitFor("ready");
      return demo;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

class Demo {
  /** Console warnings and errors (a breach of the CSP is one) and uncaught exceptions. */
  problems = [];

  constructor(page, context) {
    this.page = page;
    this.context = context;
    page.setDefaultTimeout(patience);
    page.on("console", (message) => {
      if (["warning", "error"].includes(message.type())) this.problems.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.problems.push(`uncaught: ${error.stack}`));
  }

  /** Waits until the page is in one of these states, and says in which. */
  async waitFor(...states) {
    return this.waitForState(states, patience);
  }

  /** The same with a patience of one's own. */
  async waitForState(states, timeout) {
    const selector = states.map((state) => `body[data-state="${state}"]`).join(", ");
    await this.page.locator(selector).waitFor({ state: "attached", timeout });
    return this.page.locator("body").getAttribute("data-state");
  }

  /** Waits until a condition holds, looking once a frame. */
  async until(condition, what) {
    const deadline = Date.now() + patience;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`waited ${patience} ms for ${what}`);
      await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
  }

  /** Waits until the answer that is shown reaches to `ms` of the input. */
  async waitForEnd(ms) {
    const result = this.page.locator("#result");
    await this.until(async () => Number(await result.getAttribute("data-end-ms")) >= ms, `an answer that reaches ${ms} ms`);
  }

  /** Chooses a file (a path, or a name with bytes) and waits for what comes of it. */
  async choose(file) {
    await this.page.locator("#file").setInputFiles(file);
    await this.waitFor("result", "error");
    return this.read();
  }

  /** Drops a file from the desktop, as the browser itself would: these events are trusted. */
  async drop(file) {
    const { x, y, width, height } = await this.page.locator("#drop").boundingBox();
    const session = await this.context.newCDPSession(this.page);
    const data = { items: [], files: [file], dragOperationsMask: 1 };
    await this.page.evaluate(() => {
      globalThis.dropped = new Promise((resolve) => document.addEventListener("drop", resolve, { once: true }));
    });
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await session.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + height / 2, data });
    }
    await session.detach();
    // The page has taken the file: from here its state is that of this file, not of the last.
    await this.page.evaluate(() => globalThis.dropped.then(() => {}));
  }

  async dropAndRead(file) {
    await this.drop(file);
    await this.waitFor("result", "error");
    return this.read();
  }

  /** What the page shows: its state, the error's code and words, the answer and the bars. */
  async read() {
    return this.page.evaluate(() => {
      const text = (id) => document.getElementById(id).textContent;
      const bars = [...document.querySelectorAll(".bar")];
      const heard = bars.filter((bar) => bar.dataset.probability !== "");
      return {
        page: document.body.dataset.state,
        error: document.body.dataset.error ?? null,
        errorText: document.getElementById("error").hidden ? "" : ["error-title", "error-advice", "error-detail"].map(text).join(" "),
        status: text("status"),
        answer: text("answer"),
        labels: bars.map((bar) => bar.dataset.label),
        probabilities: Object.fromEntries(heard.map((bar) => [bar.dataset.label, Number(bar.dataset.probability)])),
        ...document.getElementById("result").dataset,
      };
    });
  }

  async close() {
    await this.context.close();
  }
}
