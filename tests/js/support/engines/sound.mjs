// Sound that goes nowhere. Firefox starts no AudioContext on a machine without a sound card; a PulseAudio of our own is one.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** Starts it. `server` is what PULSE_SERVER has to say. */
export async function startSound() {
  const directory = await mkdtemp(path.join(tmpdir(), "emotionai-sound-"));
  const socket = path.join(directory, "native");
  const daemon = spawn(
    process.env.PULSEAUDIO || "pulseaudio",
    [
      "-n",
      "--daemonize=no",
      "--use-pid-file=no",
      "--exit-idle-time=-1",
      "--load=module-null-sink",
      `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ],
    { env: { ...process.env, HOME: directory, XDG_RUNTIME_DIR: directory }, stdio: "ignore" },
  );
  const ended = new Promise((resolve) => daemon.once("close", resolve).once("error", resolve));
  for (const deadline = Date.now() + 10_000; !existsSync(socket); ) {
    if (daemon.exitCode !== null || Date.now() > deadline) throw new Error(`pulseaudio did not start, status ${daemon.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    server: `unix:${socket}`,
    async close() {
      daemon.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}
