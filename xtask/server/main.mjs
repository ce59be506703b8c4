// Serves folders until it is stopped, the root at an empty PATH: `node main.mjs HOST PORT PATH=FOLDER...`. `cargo xtask serve` starts it.

import { serve } from "./server.mjs";

const [host, port, ...parts] = process.argv.slice(2);
const mounts = parts.map((part) => {
  const end = part.indexOf("=");
  return [part.slice(0, end), part.slice(end + 1)];
});
const server = await serve(mounts, { host, port: Number(port) });

const address = server.address();
if (["127.0.0.1", "::1"].includes(address.address)) {
  console.log(`\nhttp://localhost:${address.port}/  (Ctrl-C stops it)`);
  console.log("Open it under this name: browsers give the microphone to secure contexts alone, and localhost is one.");
} else {
  console.log(`\nhttp://localhost:${address.port}/ here, ${host} port ${address.port} from other machines  (Ctrl-C stops it)`);
  console.log("From other machines files work, the microphone does not: that needs HTTPS, or localhost.");
}
