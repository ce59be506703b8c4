// The server of `cargo xtask serve` on a port of its own, with a log of what was asked.

import { serve as listen } from "../../../xtask/server/server.mjs";
import { packageDir, weightsDir, wwwDir } from "./environment.mjs";

export { packagePolicy, pagePolicy } from "../../../xtask/server/policy.mjs";

/** The demo as `cargo xtask serve` has it: the page's own sources, the package, and the weights of the baseline. */
export const demoMounts = [
  ["", wwwDir],
  ["emotionai-voice/", packageDir],
  ["models/", weightsDir],
];

/**
 * Serves folders under a sub-path, so that a path that starts at the root shows up as a 404.
 * @param {string | Parameters<typeof listen>[0]} mounts a folder, or what `serve` of the server takes
 * @param {Parameters<typeof listen>[1]} [options]
 */
export async function serve(mounts, { prefix = "/some/where/", ...options } = {}) {
  const requests = [];
  const sockets = [];
  const server = await listen(typeof mounts === "string" ? [["", mounts]] : mounts, { prefix, ...options });
  server.prependListener("request", ({ method, url }) => requests.push(`${method} ${url.split("?")[0]}`));
  server.on("connection", (socket) => sockets.push(socket));
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    prefix,
    origin,
    url: origin + prefix,
    /** `"GET /path"` in the order of arrival. */
    requests,
    /** How many bytes it has sent so far, headers included. */
    bytesSent: () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
