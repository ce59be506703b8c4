// What happens to an input while it is listened to: interruptions, mute switches, other devices.

import type { AudioInputGraph } from "./audio-input.js";

/** What keeps audio from coming in. */
export type Hold = "context" | "muted" | "device-change";

/** Who is told. */
export interface WatchListener {
  onHold(hold: "context" | "muted", isHeld: boolean): void;
  /** The same track now hears through another device, or at another rate. */
  onChanged(): void;
  /** No track is left. */
  onEnded(): void;
}

/** Events that autoplay rules accept as the visitor's wish. */
const GESTURES = ["pointerdown", "keydown", "touchend"];

export class InputWatch {
  readonly #input: AudioInputGraph;
  readonly #listener: WatchListener;
  #watching = new AbortController();
  #settings = "";

  constructor(input: AudioInputGraph, listener: WatchListener) {
    this.#input = input;
    this.#listener = listener;
  }

  /** Watches the input as it is now; again after its stream was replaced. */
  start(): void {
    this.stop();
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    const { context, stream } = this.#input;

    context.addEventListener("statechange", () => this.#checkContext(), { signal });
    // A context that was taken away (a call, a locked screen) or held back comes back at the next chance.
    const wake = () => this.#wake();
    globalThis.document?.addEventListener("visibilitychange", wake, { signal });
    for (const gesture of GESTURES) {
      globalThis.document?.addEventListener(gesture, wake, { signal, capture: true, passive: true });
    }

    for (const track of stream.getAudioTracks()) {
      track.addEventListener("mute", () => this.#checkMuted(), { signal });
      track.addEventListener("unmute", () => this.#checkMuted(), { signal });
      track.addEventListener("ended", () => this.#checkEnded(), { signal });
    }
    this.#settings = this.#readSettings();
    globalThis.navigator?.mediaDevices?.addEventListener("devicechange", () => this.#checkSettings(), { signal });

    this.#checkContext();
    this.#checkMuted();
    this.#checkEnded();
  }

  /** Watches no more. */
  stop(): void {
    this.#watching.abort();
  }

  #checkContext(): void {
    this.#listener.onHold("context", this.#input.context.state !== "running");
  }

  #checkMuted(): void {
    const tracks = this.#input.stream.getAudioTracks();
    this.#listener.onHold("muted", tracks.length > 0 && tracks.every((track) => track.muted));
  }

  #checkEnded(): void {
    if (this.#input.stream.getAudioTracks().every((track) => track.readyState === "ended")) this.#listener.onEnded();
  }

  #checkSettings(): void {
    const settings = this.#readSettings();
    if (settings === this.#settings) return;
    this.#settings = settings;
    this.#listener.onChanged();
  }

  #readSettings(): string {
    const { deviceId, groupId, sampleRate, channelCount } = this.#input.track?.getSettings() ?? {};
    return JSON.stringify([deviceId, groupId, sampleRate, channelCount]);
  }

  #wake(): void {
    const { context } = this.#input;
    if (context.state === "running" || context.state === "closed") return;
    context.resume().catch(() => {});
  }
}
