// A static server with the headers that the demo is promised to work under, and a log of what was asked.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const mimeTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".emo": "application/octet-stream",
  ".json": "application/json",
};

/**
 * Serves a directory under a sub-path, so that a path that starts at the root shows up as a 404.
 * @param {string} directory
 * @param {{ prefix?: string, headers?: Record<string, string> }} [options] the prefix begins and ends with a slash; the
 * headers, of every answer, are the demo's policy unless others are given
 */
export async function serve(directory, { prefix = "/some/where/", headers: own = { "content-security-policy": contentSecurityPolicy } } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    requests.push(`${request.method} ${pathname}`);
    const file = locate(directory, prefix, pathname);
    const found = file && (await stat(file).catch(() => null));
    const headers = { ...own, "cache-control": "no-store" };
    if (!found?.isFile()) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      "content-type": mimeTypes[path.extname(file)] ?? "application/octet-stream",
      "content-length": found.size,
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    port,
    prefix,
    url: `http://127.0.0.1:${port}${prefix}`,
    /** `"GET /path"` in the order of arrival. */
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function locate(directory, prefix, pathname) {
  if (!pathname.startsWith(prefix)) return null;
  const relative = decodeURIComponent(pathname.slice(prefix.length)) || "index.html";
  const file = path.resolve(directory, relative);
  return file.startsWith(directory + path.sep) ? file : null;
}
