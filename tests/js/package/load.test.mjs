// Loading: where code and model may come from, what is told on the way, and what may be wrong with them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import path from "node:path";

import { forProfiles } from "../support/model-file.mjs";
import { importModule, packageDir, readPackaged, voicePath } from "../support/environment.mjs";

const { EmotionError, EmotionRecognizer } = await importModule("index.js");

const code = (expected) => (error) => {
  assert.ok(error instanceof EmotionError, `${error?.stack}`);
  assert.equal(error.code, expected, error.message);
  return true;
};
const WASM = "wasm/emotionai_voice_bg.wasm";
const MODEL = "model/default.emo";

let server, origin, wasm, model, voice;
before(async () => {
  [wasm, model, voice] = await Promise.all([readPackaged(WASM), readPackaged(MODEL), readFile(voicePath)]);
  const files = { "/code.wasm": [wasm, "application/wasm"], "/code.bin": [wasm, ""], "/model.emo": [model, ""], "/voice.wav": [voice, ""] };
  server = createServer(({ url }, response) => {
    const [body, type] = files[url] ?? ["<!doctype html>", "text/html"];
    // As a server does that answers every address with its start page.
    if (url === "/hangs") return;
    response.writeHead(url === "/missing" ? 404 : 200, { ...(type && { "content-type": type }), "content-length": body.length });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const loads = async (options) => {
  const recognizer = await EmotionRecognizer.load(options);
  const { modelId } = await recognizer.classify(voice);
  assert.equal(modelId, recognizer.model.id);
  recognizer.dispose();
};

// First, since a thread keeps the code that it has once instantiated.
test("code of another program is refused, and the right one taken after it", async () => {
  const other = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  await assert.rejects(EmotionRecognizer.load({ wasm: other }), code("UNSUPPORTED"));
  await loads();
});

describe("code and model come from", () => {
  test("beside the modules", () => loads());
  test("bytes", () => loads({ wasm, model }));
  test("ArrayBuffers", () => loads({ wasm: new Uint8Array(wasm).buffer, model: new Uint8Array(model).buffer }));
  test("a compiled module and a Blob", async () => loads({ wasm: await WebAssembly.compile(wasm), model: new Blob([model]) }));
  test("file URLs", () => {
    const url = (file) => pathToFileURL(path.join(packageDir, file));
    return loads({ wasm: url(WASM), model: url(MODEL).href });
  });
  test("addresses, with the right type and without", async () => {
    await loads({ wasm: `${origin}/code.wasm`, model: `${origin}/model.emo` });
    await loads({ wasm: new URL(`${origin}/code.bin`), model: `${origin}/model.emo` });
  });
  test("where null says that nothing is said", async () => {
    await loads(null);
    await loads({ wasm: null, model: null, worker: null, onProgress: null, signal: null });
  });
  test("answers", async () => loads({ wasm: await fetch(`${origin}/code.wasm`), model: await fetch(`${origin}/model.emo`) }));
});

test("what was given is still the caller's", async () => {
  const bytes = new Uint8Array(model);
  await loads({ model: bytes });
  assert.deepEqual(bytes, new Uint8Array(model));
});

test("progress is told file by file, up to the whole", async () => {
  const told = { wasm: [], model: [] };
  await loads({
    wasm: `${origin}/code.wasm`,
    model: `${origin}/model.emo`,
    onProgress: ({ file, loaded, total }) => told[file].push([loaded, total]),
  });
  for (const [file, { length }] of [["wasm", wasm], ["model", model]]) {
    assert.deepEqual(told[file][0], [0, length]);
    assert.deepEqual(told[file].at(-1), [length, length]);
  }
});

test("an audio file is read from its address", async () => {
  const recognizer = await EmotionRecognizer.load();
  const { latencyMs, ...answer } = await recognizer.classify(`${origin}/voice.wav`);
  const { latencyMs: _, ...expected } = await recognizer.classify(voice);
  assert.deepEqual(answer, expected);
  await assert.rejects(recognizer.classify(`${origin}/missing`), code("NETWORK"));
  await assert.rejects(recognizer.classify(`${origin}/page`), code("UNSUPPORTED_FORMAT"));
  recognizer.dispose();
});

test("of compressed audio that is too much to decode, no more is fetched than shows that", { timeout: 60_000 }, async () => {
  const recognizer = await EmotionRecognizer.load();
  const endless = createServer((_, response) => {
    const chunk = Buffer.alloc(2 ** 20, "ID3");
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  });
  await new Promise((resolve) => endless.listen(0, "127.0.0.1", resolve));
  const closed = new Promise((resolve) => endless.on("connection", (socket) => socket.on("close", resolve)));
  const error = await recognizer.classify(`http://127.0.0.1:${endless.address().port}/`).catch((it) => it);
  assert.ok(code("TOO_LONG")(error));
  assert.match(error.message, /128 MB.*WAV/);
  await closed;
  endless.close();
  await assert.rejects(recognizer.classify(new Blob(Array(129).fill(new Uint8Array(2 ** 20)))), code("TOO_LONG"));
  recognizer.dispose();
});

test("a download that nobody reads to its end is broken off", { timeout: 30_000 }, async (t) => {
  const recognizer = await EmotionRecognizer.load();
  t.after(() => recognizer.dispose());
  const header = (format) => {
    const bytes = Buffer.from(voice.subarray(0, 44));
    bytes.writeUInt16LE(format, 20);
    // Of no known length, as a recording is that goes on.
    for (const at of [4, 40]) bytes.writeUInt32LE(0xffff_ffff, at);
    return bytes;
  };
  const endless = createServer(({ url }, response) => {
    response.write(header(url === "/bad" ? 99 : 1));
    const more = () => {
      while (!response.destroyed && response.write(voice.subarray(44)));
    };
    response.on("drain", more);
    more();
  });
  await new Promise((resolve) => endless.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    endless.closeAllConnections();
    endless.close();
  });
  const sockets = new Set();
  endless.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const address = (name) => `http://127.0.0.1:${endless.address().port}/${name}`;
  const allClosed = async () => {
    for (let waited = 0; sockets.size > 0 && waited < 3_000; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));
    return sockets.size === 0;
  };

  const uses = {
    "a header that is refused": () => assert.rejects(recognizer.classify(address("bad")), code("UNSUPPORTED_FORMAT")),
    "a picture of it": () => assert.rejects(recognizer.melSpectrogram(address("bad")), code("UNSUPPORTED_FORMAT")),
    "a loop that is left": async () => {
      for await (const window of recognizer.analyze(address("good"))) {
        assert.ok(window);
        break;
      }
    },
    "an option that is refused": () => assert.rejects(recognizer.analyze(address("good"), { hopMs: 0 }).next(), code("INVALID_OPTION")),
    "a signal": () => assert.rejects(recognizer.classify(address("good"), { signal: AbortSignal.timeout(100) }), code("ABORTED")),
  };
  for (const [name, use] of Object.entries(uses)) {
    await use();
    assert.ok(await allClosed(), name);
  }
});

describe("what is wrong is said", () => {
  const cases = [
    ["a status", () => ({ model: `${origin}/missing` }), "NETWORK", /404/],
    ["the code's status", () => ({ wasm: `${origin}/missing` }), "NETWORK", /404/],
    ["nobody at the address", () => ({ model: "http://127.0.0.1:1/model.emo" }), "NETWORK", /127\.0\.0\.1:1/],
    ["a page in place of the code", () => ({ wasm: `${origin}/page` }), "NETWORK", /text\/html/],
    ["a page in place of the model", () => ({ model: `${origin}/page` }), "MODEL_FORMAT", /model file at http:.*\/page, got 15 bytes of type text\/html/],
    ["a page for an answer in its place", async () => ({ model: await fetch(`${origin}/page`) }), "MODEL_FORMAT", /http:.*\/page/],
    ["bytes that are no code", () => ({ wasm: new Uint8Array(8) }), "UNSUPPORTED", /WebAssembly/],
    ["an answer that was read", async () => {
      const model = await fetch(`${origin}/model.emo`);
      await model.arrayBuffer();
      return { model };
    }, "NETWORK", /read already/],
    ["an answer that is an error", async () => ({ model: await fetch(`${origin}/missing`) }), "NETWORK", /404/],
    ["a model cut short", () => ({ model: model.subarray(0, -1) }), "MODEL_FORMAT", /checksum|whole/],
    ["no bytes", () => ({ model: new Uint8Array(0) }), "MODEL_FORMAT", /0 bytes/],
    ["a model of another version", () => {
      const other = Buffer.from(model);
      const name = 'version\\":';
      other.write("9", other.indexOf(name) + name.length);
      return { model: new Uint8Array(other) };
    }, "MODEL_FORMAT", /version 9/],
    ["a model of other features", () => ({ model: forProfiles(model, (header) => (header.features.n_mels = 32)) }), "MODEL_MISMATCH", /32/],
    ["a model of more labels than logits", () => ({ model: forProfiles(model, (header) => header.labels.push("bored")) }), "MODEL_MISMATCH", /labels/],
    ["a number", () => ({ model: 7 }), "UNSUPPORTED", /got 7/],
    ["an object", () => ({ wasm: {} }), "UNSUPPORTED", /got Object/],
    ["options that are none", () => 7, "INVALID_OPTION", /options: expected an object, got 7/],
    ["a signal that is none", () => ({ signal: {} }), "INVALID_OPTION", /signal: expected an AbortSignal, got Object/],
    ["a controller for its signal", () => ({ signal: new AbortController() }), "INVALID_OPTION", /got AbortController/],
    ["progress for nobody", () => ({ onProgress: 7 }), "INVALID_OPTION", /onProgress: expected a function, got 7/],
    ["progress for one who throws", () => ({ onProgress: () => decodeURI("%") }), "INVALID_OPTION", /onProgress threw: URI malformed/],
    ["a model that was transferred", () => {
      const buffer = new ArrayBuffer(8);
      structuredClone(buffer, { transfer: [buffer] });
      return { model: buffer };
    }, "MODEL_FORMAT", /0 bytes/],
  ];
  for (const [name, make, expected, words] of cases) {
    test(name, async () => {
      const options = await make();
      const error = await EmotionRecognizer.load(options).catch((it) => it);
      assert.ok(code(expected)(error));
      assert.match(error.message, words);
    });
  }

  test("a model that does not match leaves the old one at work", async () => {
    const recognizer = await EmotionRecognizer.load();
    const other = forProfiles(model, (header) => (header.normalization.range_db = -1));
    await assert.rejects(recognizer.setModel(other), code("MODEL_MISMATCH"));
    assert.equal((await recognizer.classify(voice)).modelId, recognizer.model.id);
    recognizer.dispose();
  });

  test("a load that is given up", async () => {
    await assert.rejects(EmotionRecognizer.load({ signal: AbortSignal.abort() }), code("ABORTED"));
    await assert.rejects(EmotionRecognizer.load({ model: `${origin}/hangs`, signal: AbortSignal.timeout(50) }), code("ABORTED"));
  });
});

describe("another model", () => {
  test("one that is refused leaves the old one at work", async () => {
    const recognizer = await EmotionRecognizer.load();
    const { id } = recognizer.model;
    await assert.rejects(recognizer.setModel(model.subarray(0, 100)), code("MODEL_FORMAT"));
    await assert.rejects(recognizer.setModel(`${origin}/missing`), code("NETWORK"));
    assert.equal(recognizer.model.id, id);
    assert.equal((await recognizer.classify(voice)).modelId, id);
    recognizer.dispose();
  });

  test("one that is sound takes over; what runs finishes with its own", async () => {
    const recognizer = await EmotionRecognizer.load();
    const running = recognizer.analyze(voice);
    const first = await running.next();
    await recognizer.setModel(model);
    assert.equal((await running.next()).value.modelId, first.value.modelId);
    await running.return();
    assert.equal((await recognizer.classify(voice)).modelId, recognizer.model.id);
    recognizer.dispose();
  });

  const named = (id) => forProfiles(model, (header) => (header.id = id));

  test("the one that was set last is the one that stays, however slowly the one before came", async (t) => {
    const files = { "/slow": named("slow"), "/fast": named("fast") };
    const slow = createServer(async ({ url }, response) => {
      if (url === "/slow") await new Promise((resolve) => setTimeout(resolve, 200));
      response.end(files[url]);
    });
    await new Promise((resolve) => slow.listen(0, "127.0.0.1", resolve));
    t.after(() => slow.close());
    const address = `http://127.0.0.1:${slow.address().port}`;
    const recognizer = await EmotionRecognizer.load();
    await Promise.all([recognizer.setModel(`${address}/slow`), recognizer.setModel(`${address}/fast`)]);
    assert.equal(recognizer.model.id, "fast");
    assert.equal((await recognizer.classify(voice)).modelId, "fast");

    // Neither one that fails nor one that is given up is waited for in vain, or overtaken.
    const outcomes = await Promise.allSettled([
      recognizer.setModel(`${address}/slow`),
      recognizer.setModel(`${origin}/hangs`, { signal: AbortSignal.timeout(20) }),
      recognizer.setModel(`${origin}/missing`),
      recognizer.setModel(named("last")),
    ]);
    assert.deepEqual(outcomes.map(({ reason }) => reason?.code), [undefined, "ABORTED", "NETWORK", undefined]);
    assert.equal(recognizer.model.id, "last");
    recognizer.dispose();
  });

  test("one that is given up leaves the old one at work, or has taken over and says so", async () => {
    const recognizer = await EmotionRecognizer.load();
    const other = named("other");
    const outcomes = new Set();
    for (let turns = 0; turns < 60; turns++) {
      await recognizer.setModel(model);
      const { id } = recognizer.model;
      const controller = new AbortController();
      const change = recognizer.setModel(other, { signal: controller.signal }).then(() => "changed", (error) => error.code);
      // Some at every step on the way.
      if (turns < 40) for (let i = 0; i < 2 * turns; i++) await null;
      else for (let i = 40; i < turns; i++) await new Promise(setImmediate);
      controller.abort();
      const outcome = await change;
      outcomes.add(outcome);
      // Whatever was still on its way has arrived after another call.
      const { modelId } = await recognizer.classify(voice);
      const expected = outcome === "changed" ? "other" : id;
      assert.deepEqual([recognizer.model.id, modelId], [expected, expected], `${outcome} after ${turns} turns`);
    }
    assert.deepEqual([...outcomes].sort(), ["ABORTED", "changed"]);
    recognizer.dispose();
  });
});
