// How much memory a page takes, as the kernel counts it.

import { readFile } from "node:fs/promises";

/** The resident memory of the largest renderer process, in MiB: of a browser's one busy page. Linux only. */
export async function pageMemory(page) {
  const session = await page.context().browser().newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return Math.max(...(await Promise.all(renderers.map(({ id }) => residentMemory(id)))));
}

async function residentMemory(processId) {
  const status = await readFile(`/proc/${processId}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
}
