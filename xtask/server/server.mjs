// Folders over HTTP: compressed, with validators, and read anew at each request, so that an edit shows on the next reload.

import { once } from "node:events";
import { createServer } from "node:http";
import path from "node:path";

import compression from "compression";
import serveStatic from "serve-static";

import { pagePolicy } from "./policy.mjs";

/** A part of a file is sent as it is: compressed, its bytes would no longer be those that were asked for. */
const compress = compression({ filter: (request, response) => response.statusCode !== 206 && compression.filter(request, response) });

/**
 * @typedef {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse, next: (error?: Error) => void) => void} Handler
 */

/**
 * @param {[at: string, source: string | Handler][]} mounts a folder, or a function that answers, for each path: `["", "www"]` is the root,
 * `["models/", "weights"]` a path below it. Where several have a file, the first one's is sent.
 * @param {object} [options]
 * @param {string} [options.host]
 * @param {number} [options.port] 0 takes any that is free
 * @param {string} [options.prefix] what every path begins with; it begins and ends with a slash
 * @param {boolean} [options.compressed] false where a page is to see how long a file is before it has all of it
 * @param {string | null} [options.policy] the content security policy; null for none
 * @param {Record<string, string>} [options.headers] more of them, for every answer
 * @returns {Promise<import("node:http").Server>} it listens
 */
export async function serve(mounts, { host = "127.0.0.1", port = 0, prefix = "/", compressed = true, policy = pagePolicy, headers = {} } = {}) {
  const handlers = mounts.map(([at, source]) => handlerOf(prefix + at, source));
  const server = createServer((request, response) => {
    // Browsers keep what they have, and ask each time whether it is still the same.
    response.setHeaders(new Map(Object.entries({ "x-content-type-options": "nosniff", "cache-control": "no-cache", ...headers })));
    if (policy) response.setHeader("content-security-policy", policy);
    if (!["GET", "HEAD"].includes(request.method)) return refuse(response, 405, "only GET and HEAD are answered", { allow: "GET, HEAD" });
    const next = ([handler, ...others]) => {
      if (!handler) return refuse(response, 404, "not found");
      return handler(request, response, (error) => (error ? refuse(response, error.status ?? 500, error.message, error.headers) : next(others)));
    };
    return compressed ? compress(request, response, () => next(handlers)) : next(handlers);
  });
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

/** Answers what lies below a path, and leaves the rest to the next one. */
function handlerOf(at, source) {
  const handle = typeof source === "function" ? source : serveStatic(path.resolve(source), { cacheControl: false });
  return (request, response, next) => {
    const { url } = request;
    if (!url.startsWith(at)) return next();
    // What a redirection to a folder's address is made of.
    request.originalUrl = url;
    request.url = url.slice(at.length - 1);
    return handle(request, response, (error) => {
      request.url = url;
      next(error);
    });
  };
}

function refuse(response, status, text, headers) {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers }).end(`${text}\n`);
}
