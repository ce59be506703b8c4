// The built package in Debian's Chromium: a bare page under the promised content security policy, and a microphone that beeps.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

import { packageDir, voicePath } from "./package.mjs";

// Installed with the browser tests.
const { chromium } = createRequire(new URL("../../browser/package.json", import.meta.url))("playwright-core");

const csp = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".wav": "audio/wav" };

async function listen(handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

async function send(response, file, headers) {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return response.writeHead(404, headers).end();
  response.writeHead(200, { ...headers, "content-type": types[path.extname(file)] ?? "application/octet-stream", "content-length": found.size });
  return createReadStream(file).pipe(response);
}

/** A browser, a site that carries the package (and what `extra` has: a body and its type by path), and a CDN that does. */
export async function startChromium(extra = {}) {
  const requests = [];
  const inPackage = (pathname) => path.join(packageDir, path.normalize(pathname.replace("/pkg/", "/")));
  const site = await listen((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    requests.push(pathname);
    const headers = { "cache-control": "no-store" };
    if (pathname.startsWith("/pkg/")) return send(response, inPackage(pathname), headers);
    if (Object.hasOwn(extra, pathname)) {
      const [body, type] = extra[pathname];
      return response.writeHead(200, { ...headers, "content-type": type }).end(body);
    }
    if (pathname === "/voice.wav") return send(response, voicePath, headers);
    const policy = pathname === "/lax" ? {} : { "content-security-policy": csp };
    return response.writeHead(200, { ...headers, ...policy, "content-type": "text/html" }).end("<!doctype html><title>test</title>");
  });
  const cdn = await listen((request, response) =>
    send(response, inPackage(new URL(request.url, "http://localhost").pathname), { "access-control-allow-origin": "*" }),
  );
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
    ],
  });
  return {
    requests,
    cdn: cdn.origin,
    /** A page with the package's exports and a few helpers in `globalThis.t`. */
    async open({ url = "/", from = "" } = {}) {
      const page = await browser.newPage();
      const problems = [];
      page.on("pageerror", (error) => problems.push(error.stack));
      await page.goto(site.origin + url);
      await page.evaluate(async (from) => {
        const exports = await import(`${from}/pkg/index.js`);
        const heard = (session, type, n = 1) =>
          new Promise((resolve) => {
            const details = [];
            session.addEventListener(type, ({ detail }) => details.push(detail) === n && resolve([...details]));
          });
        /** The loudest that a session hears until there is sound, or for five seconds. */
        const loudest = async (session) => {
          const began = performance.now();
          let most = 0;
          while (most < 0.01 && performance.now() - began < 5_000) most = Math.max(most, ...(await heard(session, "level")));
          return most;
        };
        const failed = (promise) => promise.then(() => "nothing failed", ({ code, message }) => code ?? message);
        /** Every object of a global class that is made from here on. */
        const made = (name) => {
          const all = [];
          globalThis[name] = class extends globalThis[name] {
            constructor(...args) {
              super(...args);
              all.push(this);
            }
          };
          return all;
        };
        const voice = () => fetch("/voice.wav").then((response) => response.arrayBuffer());
        globalThis.t = { ...exports, heard, loudest, failed, made, voice };
      }, from);
      return { page, problems, run: (...args) => page.evaluate(...args) };
    },
    async close() {
      await browser.close();
      for (const { server } of [site, cdn]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
