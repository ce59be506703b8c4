// The server of `cargo xtask serve`, asked over HTTP: what it sends, how little of it the second time, and what it keeps to itself.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

import { pagePolicy, serve } from "../support/server.mjs";

const long = "fn main() {}\n".repeat(10_000);
const files = {
  "index.html": "<!doctype html>",
  "long.js": long,
  "a b.css": "p {}",
  "code.wasm": long,
  "model.emo": "model",
  "voice.wav": "RIFF0123456789",
  "inner/index.html": "inner",
};

let folder, site;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "emotionai-server-"));
  await mkdir(path.join(folder, "site/inner"), { recursive: true });
  await mkdir(path.join(folder, "other"));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, "site", name), text);
  for (const name of ["secret", "other/code.wasm", "other/more.txt"]) await writeFile(path.join(folder, name), name);
  site = await serve([["", path.join(folder, "site")], ["other/", path.join(folder, "other")], ["", path.join(folder, "other")]], { prefix: "/" });
});
after(async () => {
  await site?.close();
  await rm(folder, { recursive: true });
});

/** The answer as it goes over the wire: `fetch` would decompress it, and mend the path. */
function ask(target, { method = "GET", headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ port: site.port, path: target, method, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on("error", reject).end();
  });
}

test("a file comes with its type, its length and the headers of the demo", async () => {
  const types = {
    "/": "text/html; charset=utf-8",
    "/long.js?v=1": "text/javascript; charset=utf-8",
    "/a%20b.css": "text/css; charset=utf-8",
    "/code.wasm": "application/wasm",
    "/model.emo": "application/octet-stream",
    "/voice.wav": "audio/wav",
    "/inner/": "text/html; charset=utf-8",
  };
  for (const [target, type] of Object.entries(types)) {
    const { status, headers, body } = await ask(target);
    assert.deepEqual([status, headers["content-type"], Number(headers["content-length"])], [200, type, body.length], target);
    assert.equal(headers["content-security-policy"], pagePolicy);
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers["x-content-type-options"], "nosniff");
  }
});

test("HEAD tells the length, and sends nothing", async () => {
  const { status, headers, body } = await ask("/long.js", { method: "HEAD" });
  assert.deepEqual([status, Number(headers["content-length"]), body.length], [200, long.length, 0]);
});

for (const [encoding, decompress] of [["br", brotliDecompressSync], ["gzip", gunzipSync]]) {
  test(`code is compressed by ${encoding} for who takes it`, async () => {
    for (const target of ["/long.js", "/code.wasm"]) {
      const { headers, body } = await ask(target, { headers: { "accept-encoding": encoding } });
      assert.equal(headers["content-encoding"], encoding);
      assert.match(headers.vary, /accept-encoding/i);
      assert.ok(body.length < long.length / 10, `${body.length} bytes`);
      assert.equal(String(decompress(body)), long);
    }
  });
}

test("who has a file is sent nothing until it changes", async () => {
  for (const encoding of ["br", "identity"]) {
    await writeFile(path.join(folder, "site/edited.js"), long);
    const headers = { "accept-encoding": encoding };
    const first = await ask("/edited.js", { headers });
    assert.equal(first.status, 200);
    const known = { ...headers, "if-none-match": first.headers.etag };
    const second = await ask("/edited.js", { headers: known });
    assert.deepEqual([second.status, second.body.length], [304, 0]);
    await writeFile(path.join(folder, "site/edited.js"), "edited");
    const third = await ask("/edited.js", { headers: known });
    assert.deepEqual([third.status, String(third.body)], [200, "edited"]);
  }
});

test("parts of a file are sent as they are", async () => {
  const cases = { "bytes=0-3": "RIFF", "bytes=4-6": "012", "bytes=10-": "6789", "bytes=-2": "89" };
  for (const [range, text] of Object.entries(cases)) {
    const { status, headers, body } = await ask("/voice.wav", { headers: { range } });
    assert.deepEqual([status, String(body)], [206, text], range);
    assert.match(headers["content-range"], /^bytes \d+-\d+\/14$/);
  }
  const code = await ask("/long.js", { headers: { range: "bytes=0-9999", "accept-encoding": "br, gzip" } });
  assert.deepEqual([code.status, code.headers["content-encoding"], String(code.body)], [206, undefined, long.slice(0, 10_000)]);
  const beyond = await ask("/voice.wav", { headers: { range: "bytes=99-" } });
  assert.deepEqual([beyond.status, beyond.headers["content-range"]], [416, "bytes */14"]);
});

test("of several folders the first that has a file sends it", async () => {
  assert.equal(String((await ask("/code.wasm")).body), long);
  assert.equal(String((await ask("/other/code.wasm")).body), "other/code.wasm");
  assert.equal(String((await ask("/more.txt")).body), "other/more.txt");
});

test("a folder's address ends with a slash", async () => {
  const { status, headers } = await ask("/inner");
  assert.deepEqual([status, headers.location], [301, "/inner/"]);
});

test("nothing outside the folders is sent", async () => {
  const outside = [
    "/../secret",
    "/%2e%2e/secret",
    "/inner/../../secret",
    "/..%2fsecret",
    "/inner/..%5c..%5csecret",
    `/${path.join(folder, "secret")}`,
    "/missing",
    "/%00",
    "/%ff",
    "/index.html/",
  ];
  for (const target of outside) {
    const { status, headers } = await ask(target);
    assert.equal(status, 404, target);
    assert.equal(headers["content-security-policy"], pagePolicy);
  }
});

test("nothing but GET and HEAD is answered", async () => {
  const { status, headers } = await ask("/index.html", { method: "POST" });
  assert.deepEqual([status, headers.allow], [405, "GET, HEAD"]);
});

test("the program says where it listens, and serves the folders that it is given", async (t) => {
  const main = path.resolve(import.meta.dirname, "../../../xtask/server/main.mjs");
  const server = spawn(process.execPath, [main, "127.0.0.1", "0", `=${path.join(folder, "site")}`, `other/=${path.join(folder, "other")}`]);
  t.after(() => server.kill());
  const said = await new Promise((resolve, reject) => {
    let text = "";
    server.stdout.on("data", (data) => /localhost is one\.\n$/.test((text += data)) && resolve(text));
    server.once("exit", (status) => reject(new Error(`it ended with ${status}: ${text}`)));
  });
  const [url] = said.match(/http:\/\/localhost:\d+\//);
  const [here, there] = await Promise.all(["long.js", "other/more.txt"].map(async (name) => (await fetch(url.replace("localhost", "127.0.0.1") + name)).text()));
  assert.deepEqual([here, there], [long, "other/more.txt"]);
});
