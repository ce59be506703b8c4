// WebKit as GTK has it, over WebDriver: Debian's driver and its MiniBrowser, on a display that nobody sees.

import { spawn } from "node:child_process";
import { createServer } from "node:net";

const driverProgram = process.env.WEBKIT || "/usr/bin/WebKitWebDriver";
const browserProgram = process.env.WEBKIT_BROWSER || "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

const browserOptions = {
  binary: browserProgram,
  args: [
    "--automation",
    "--private",
    // A microphone that beeps, and leave to use it.
    "--enable-media-stream=true",
    "--enable-mock-capture-devices=true",
    "--media-playback-requires-user-gesture=false",
  ],
};
const scriptTimeoutMs = 60_000;

/** @returns {Promise<import("./engine.mjs").Engine>} */
export async function startWebkit() {
  const port = await freePort();
  // Prints the number of the display that it took.
  const display = spawn(process.env.XVFB || "Xvfb", ["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
  const number = await firstOutput(display);
  const driver = spawn(driverProgram, [`--port=${port}`], { env: { ...process.env, DISPLAY: `:${number.trim()}` }, stdio: "ignore" });
  const call = (method, path, body) => ask(`http://127.0.0.1:${port}${path}`, method, body);
  let session;
  return {
    async open(url) {
      // One window a session is all that this driver has.
      await session?.end();
      session = await begin(call);
      await session.call("POST", "/url", { url });
      await session.run(watch);
      return {
        run: session.run,
        click: async (selector) => session.call("POST", `/element/${await session.find(selector)}/click`, {}),
        choose: async (selector, file) => session.call("POST", `/element/${await session.find(selector)}/value`, { text: file }),
        problems: () => session.run(() => globalThis.problems),
        async close() {},
      };
    },
    async close() {
      await session?.end().catch(() => {});
      driver.kill();
      display.kill();
    },
  };
}

/** This protocol does not tell of problems: the page itself writes them down, from the moment it is loaded. */
function watch() {
  const problems = (globalThis.problems = []);
  for (const level of ["warn", "error"]) console[level] = (...words) => problems.push(`console ${level}: ${words.join(" ")}`);
  addEventListener("error", ({ message }) => problems.push(`uncaught: ${message}`));
  addEventListener("unhandledrejection", ({ reason }) => problems.push(`uncaught: ${reason}`));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    // The icon is asked for by the browser, at times, and not by the page.
    if (!blockedURI.endsWith("/favicon.ico")) problems.push(`Content Security Policy: ${violatedDirective} ${blockedURI}`);
  });
}

/** A session: a browser of its own. */
async function begin(call) {
  const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": browserOptions } };
  const { sessionId } = await patiently(() => call("POST", "/session", { capabilities }));
  const inSession = (method, path, body) => call(method, `/session/${sessionId}${path}`, body);
  await inSession("POST", "/timeouts", { script: scriptTimeoutMs });
  let ended;
  return {
    call: inSession,
    async find(selector) {
      const found = await inSession("POST", "/element", { using: "css selector", value: selector });
      return Object.values(found)[0];
    },
    async run(task, ...args) {
      // As text: the driver does not keep the order of keys.
      const script = `const done = arguments[1];
        (async () => JSON.stringify({ value: await (${task})(...arguments[0]) }))()
          .catch((error) => JSON.stringify({ error: String(error?.stack ?? error) })).then(done);`;
      const { value, error } = JSON.parse(await inSession("POST", "/execute/async", { script, args: [args] }));
      if (error) throw new Error(error);
      return value;
    },
    end: () => (ended ??= inSession("DELETE", "")),
  };
}

async function ask(url, method, body) {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${value.error}: ${value.message}`);
  return value;
}

/** The driver needs a moment before it listens. */
async function patiently(attempt) {
  for (const deadline = Date.now() + 10_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TypeError) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function firstOutput(program) {
  return new Promise((resolve, reject) => {
    program.stdout.once("data", (data) => resolve(String(data)));
    program.once("error", reject);
    program.once("close", (status) => reject(new Error(`${program.spawnfile} ended with ${status}`)));
  });
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
