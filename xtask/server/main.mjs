// Serves folders until it is stopped: `node main.mjs HOST PORT [PATH=]FOLDER...`. `cargo xtask serve` starts it.

import { serve } from "./server.mjs";

const [host, port, ...folders] = process.argv.slice(2);
const mounts = folders.map((argument) => {
  const [folder, at = ""] = argument.split("=").reverse();
  return [at, folder];
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
