// Watching the input of a session: interruptions, mute switches, other devices.

import type { CaptureGraph } from "../input/capture-graph.js";

/** A reason why no audio comes in. */
export type Hold = "context" | "muted" | "device-change";

/** Receives what the watch finds. */
export interface WatchListener {
  onHold(hold: "context" | "muted", isHeld: boolean): void;
  /** The same track now captures from another device, or at another rate. */
  onChanged(): void;
  /** Every track has ended. */
  onEnded(): void;
}

/** Events after which autoplay rules let a context resume. */
const GESTURES = ["pointerdown", "keydown", "touchend"];

export class InputWatch {
  readonly #input: CaptureGraph;
  readonly #listener: WatchListener;
  #watching = new AbortController();
  #settings = "";

  constructor(input: CaptureGraph, listener: WatchListener) {
    this.#input = input;
    this.#listener = listener;
  }

  /** Watches the input. To be called again after its stream was replaced. */
  start(): void {
    this.stop();
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    const { context, stream } = this.#input;

    context.addEventListener("statechange", () => this.#checkContext(), { signal });
    // After an interruption (a call, a locked screen) the context resumes at the next opportunity.
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

  /** Ends the watch. */
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
