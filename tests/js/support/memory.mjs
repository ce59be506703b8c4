// How much memory a page takes, as the kernel counts it. Linux only.

import { readFile } from "node:fs/promises";

/** The resident memory, in MiB, of a browser's one page. */
export const pageMemory = (page) => largestRenderer(page.context().browser(), "VmRSS");

/**
 * The same at its highest.
 * @param {import("playwright-core").Browser} browser
 */
export const peakPageMemory = (browser) => largestRenderer(browser, "VmHWM");

/**
 * The memory of the largest renderer process: where a browser has one page, that page with its Worker, wasm and all
 * (Chromium keeps an empty spare beside it).
 */
async function largestRenderer(browser, counter) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return Math.max(...(await Promise.all(renderers.map(({ id }) => memoryOf(id, counter)))));
}

async function memoryOf(processId, counter) {
  const status = await readFile(`/proc/${processId}/status`, "utf8");
  return Number(new RegExp(`^${counter}:\\s+(\\d+) kB$`, "m").exec(status)[1]) / 1024;
}
