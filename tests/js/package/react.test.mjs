// The React hook, by real React, most of it in StrictMode, over a recognizer that the test drives.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { importModule } from "../support/environment.mjs";
import { act, mountHook } from "../support/react.mjs";

const { useEmotionRecognizer } = await importModule("react.js");
const { EmotionError, EmotionRecognizer } = await importModule("index.js");

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const answer = { state: "speech", label: "calm" };

/** A session, as far as the hook knows one. */
class FakeSession extends EventTarget {
  state = "running";
  calls = [];

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  change(state) {
    this.state = state;
    this.tell("state", { state, reason: "requested" });
  }

  pause() {
    this.change("paused");
  }

  resume() {
    this.change("running");
  }

  async stop() {
    if (this.state !== "stopped") this.change("stopped");
    return answer;
  }
}

/** A recognizer, as far as the hook knows one. */
class FakeRecognizer {
  sessions = [];
  listens = [];
  disposed = 0;
  listening = () => Promise.resolve();

  async listen(options) {
    this.listens.push(options);
    await this.listening();
    if (this.disposed) throw new EmotionError("DISPOSED", "disposed");
    this.sessions.push(new FakeSession());
    return this.sessions.at(-1);
  }

  dispose() {
    this.disposed += 1;
    for (const session of this.sessions) void session.stop();
  }
}

const { load } = EmotionRecognizer;
let loads, recognizers, loading, hook;
beforeEach(() => {
  loads = [];
  recognizers = [];
  loading = () => Promise.resolve();
  EmotionRecognizer.load = async (options) => {
    loads.push(options);
    await loading();
    recognizers.push(new FakeRecognizer());
    return recognizers.at(-1);
  };
});
afterEach(async () => {
  await hook.unmount();
  EmotionRecognizer.load = load;
});

const ready = async (options, settings) => {
  hook = await mountHook(useEmotionRecognizer, settings);
  await hook.render(options);
  assert.equal(hook.current.status, "ready");
  return hook;
};
const listening = async (options, settings) => {
  await ready(options, settings);
  await act(() => hook.current.start());
  assert.equal(hook.current.status, "listening");
  return recognizers[0].sessions[0];
};

test("StrictMode mounts it twice, and it loads once", async () => {
  await ready({ load: { worker: false } });
  assert.equal(loads.length, 1);
  assert.equal(loads[0].worker, false);
  assert.equal(loads[0].signal.aborted, false);
  assert.equal(hook.current.recognizer, recognizers[0]);
  assert.equal(recognizers[0].disposed, 0);
});

test("unmounted, it disposes the recognizer, once", async () => {
  await ready();
  await hook.unmount();
  assert.equal(recognizers[0].disposed, 1);
});

test("unmounted while it loads, it gives up, and what comes too late is disposed", async () => {
  let come;
  loading = () => new Promise((resolve) => (come = resolve));
  hook = await mountHook(useEmotionRecognizer);
  await hook.render();
  assert.equal(hook.current.status, "loading");
  await hook.unmount();
  assert.equal(loads[0].signal.aborted, true);
  await act(async () => come());
  assert.equal(recognizers[0].disposed, 1);
});

test("it listens, and says what comes", async () => {
  const session = await listening({ intervalMs: 1 });
  assert.equal(hook.current.session, session);
  assert.equal(hook.current.listenState, "running");
  await act(async () => {
    session.tell("level", 0.5);
    session.tell("result", { label: "happy" });
    await pause(20);
  });
  assert.equal(hook.current.level, 0.5);
  assert.deepEqual(hook.current.result, { label: "happy" });

  await act(() => hook.current.pause());
  assert.equal(hook.current.listenState, "paused");
  await act(() => hook.current.resume());
  assert.equal(hook.current.listenState, "running");

  let stopped;
  await act(async () => (stopped = await hook.current.stop()));
  assert.equal(stopped, answer);
  const { status, listenState, level, session: none, answer: whole, result } = hook.current;
  assert.deepEqual({ status, listenState, level, none }, { status: "ready", listenState: null, level: 0, none: null });
  assert.equal(whole, answer);
  assert.deepEqual(result, { label: "happy" }, "the last result stays");

  await act(() => hook.current.start());
  assert.equal(hook.current.answer, null);
  assert.equal(recognizers[0].sessions.length, 2);
});

test("a thousand levels in a second render it about ten times", async () => {
  const session = await listening(undefined, { strict: false });
  const before = hook.renders;
  const began = performance.now();
  await act(async () => {
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < 10; j++) session.tell("level", Math.random());
      await pause(10);
    }
  });
  const renders = hook.renders - before;
  // One every 100 ms at most, however slow the machine is.
  const took = performance.now() - began;
  assert.ok(renders >= 3 && renders <= took / 100 + 2, `${renders} renders in ${took} ms`);
});

test("the functions stay the same, and what is returned too while nothing changes", async () => {
  await ready({ listen: { hopMs: 1 } });
  const first = hook.current;
  await hook.render({ listen: { hopMs: 2 } });
  assert.equal(hook.current, first);
  await act(() => first.start());
  assert.notEqual(hook.current, first);
  for (const name of ["start", "stop", "pause", "resume"]) assert.equal(hook.current[name], first[name]);
  assert.deepEqual(recognizers[0].listens, [{ hopMs: 2 }], "as the options are when it is started");
});

test("started twice, and before it is loaded, it listens once", async () => {
  let come;
  loading = () => new Promise((resolve) => (come = resolve));
  hook = await mountHook(useEmotionRecognizer);
  await hook.render();
  const started = [hook.current.start(), hook.current.start()];
  await act(async () => {
    come();
    await Promise.all(started);
  });
  assert.equal(recognizers[0].listens.length, 1);
  await act(() => hook.current.start());
  assert.equal(recognizers[0].listens.length, 1);
});

test("what fails is told, not thrown, and the next try clears it", async () => {
  await ready();
  const refusal = new EmotionError("PERMISSION_DENIED", "no");
  recognizers[0].listening = () => Promise.reject(refusal);
  await act(() => hook.current.start());
  assert.equal(hook.current.error, refusal);
  assert.equal(hook.current.status, "ready");
  recognizers[0].listening = () => Promise.resolve();
  await act(() => hook.current.start());
  assert.equal(hook.current.error, null);

  const [session] = recognizers[0].sessions;
  const lost = new EmotionError("NO_DEVICE", "gone");
  await act(async () => {
    session.tell("error", lost);
    session.change("stopped");
  });
  assert.equal(hook.current.error, lost);
  assert.equal(hook.current.status, "ready");
});

test("where loading fails it says so, and start does nothing", async () => {
  loading = () => Promise.reject(new TypeError("oh no"));
  hook = await mountHook(useEmotionRecognizer);
  await hook.render();
  assert.equal(hook.current.status, "failed");
  assert.equal(hook.current.error.code, "INTERNAL");
  await act(() => hook.current.start());
  assert.equal(await hook.current.stop(), null);
  assert.equal(hook.current.status, "failed");
});

test("unmounted while it listens, or while the visitor is asked, it ends that too, and nothing renders it any more", async () => {
  const session = await listening({ intervalMs: 1 });
  const renders = hook.renders;
  session.tell("level", 0.5);
  await hook.unmount();
  assert.equal(session.state, "stopped");
  session.tell("result", { label: "late" });
  await pause(20);
  assert.equal(hook.renders, renders);

  await ready();
  let allow;
  recognizers[1].listening = () => new Promise((resolve) => (allow = resolve));
  const starting = hook.current.start();
  await act(() => pause(1));
  assert.equal(hook.current.status, "starting");
  await hook.unmount();
  allow();
  await starting;
  assert.equal(recognizers[1].disposed, 1);
});

test("stopped while the visitor is asked, it stops as soon as there is a session", async () => {
  await ready();
  let allow;
  recognizers[0].listening = () => new Promise((resolve) => (allow = resolve));
  const starting = hook.current.start();
  await act(() => pause(1));
  const stopping = hook.current.stop();
  await act(async () => {
    allow();
    await starting;
    await stopping;
  });
  assert.equal(recognizers[0].sessions[0].state, "stopped");
  assert.equal(hook.current.status, "ready");
});

test("rendered on a server it is loading, and loads nothing", async () => {
  const { createElement } = await import("react");
  const { renderToString } = await import("react-dom/server");
  const Page = () => createElement("p", null, useEmotionRecognizer().status);
  assert.equal(renderToString(createElement(Page)), "<p>loading</p>");
  assert.equal(loads.length, 0);
  hook = await mountHook(useEmotionRecognizer);
});
