// How much memory a page took at its highest, as the kernel counts it.

import { readFile } from "node:fs/promises";

/**
 * The peak resident memory of the largest renderer process, in MiB: where a browser has one page, that page with
 * its worker, wasm and all (Chromium keeps an empty spare beside it). Linux only.
 * @param {import("playwright-core").Browser} browser
 */
export async function peakPageMemory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return Math.max(...(await Promise.all(renderers.map(({ id }) => peakMemory(id)))));
}

async function peakMemory(processId) {
  const status = await readFile(`/proc/${processId}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
}
