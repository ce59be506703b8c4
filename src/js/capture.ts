// From a MediaStream to chunks on the page: an AudioContext with the capture worklet in it.

import { EmotionError, messageOf, nameOf } from "./errors.js";
import type { CaptureMessage, CaptureRequest } from "./worklet.js";

/** A chunk of samples, one array a channel. */
export type CapturedChunk = Float32Array<ArrayBuffer>[];

/** How long the last samples are waited for. A context that stands still would never send them. */
const FLUSH_TIMEOUT_MS = 200;

/** Whether there can be capture here at all: not under Node, in Workers, or on insecure pages. */
export function canCapture(): boolean {
  return typeof AudioContext !== "undefined" && "audioWorklet" in AudioContext.prototype && globalThis.isSecureContext;
}

/**
 * An audio context that has loaded the worklet, at rest until it is used. It keeps the rate of the device: some browsers
 * refuse a microphone of another, and all resample worse than Rust does.
 */
export async function prepareContext(options?: AudioContextOptions): Promise<AudioContext> {
  if (!canCapture()) {
    throw new EmotionError("UNSUPPORTED", "audio cannot be captured here: AudioContext or AudioWorklet is missing");
  }
  // Vite would put so small a file into the code as a `data:` address, which no strict policy lets through.
  const worklet = new URL("./worklet.js?no-inline", import.meta.url);
  let context: AudioContext | undefined;
  try {
    context = new AudioContext(options);
    await context.audioWorklet.addModule(worklet);
    rest(context);
    return context;
  } catch (cause) {
    context?.close().catch(() => {});
    throw new EmotionError("UNSUPPORTED", `the capture worklet could not be loaded from ${worklet.href}: ${messageOf(cause)}`, { cause });
  }
}

/** Suspends a context, so that it takes neither power nor the system's "playing" mark. */
export function rest(context: AudioContext): void {
  // Not awaited: where autoplay rules hold the context back, this may not come to an end.
  context.suspend().catch(() => {});
}

/** A stream connected to the worklet. */
export class Capture {
  readonly #source: MediaStreamAudioSourceNode;
  readonly #node: AudioWorkletNode;
  #onFlushed: (() => void) | undefined;

  private constructor(source: MediaStreamAudioSourceNode, node: AudioWorkletNode, onChunk: (chunk: CapturedChunk) => void) {
    this.#source = source;
    this.#node = node;
    node.port.onmessage = ({ data }: MessageEvent<CaptureMessage>) => {
      if (data === "flushed") this.#onFlushed?.();
      else onChunk(data);
    };
    source.connect(node);
    // Some browsers run only what leads to the speakers. The worklet writes nothing: it is silent.
    node.connect(node.context.destination);
  }

  /** Connects a stream to a context that `prepareContext` made. */
  static start(context: AudioContext, stream: MediaStream, onChunk: (chunk: CapturedChunk) => void): Capture {
    const source = context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(context, "emotionai-voice-capture", { numberOfInputs: 1, numberOfOutputs: 1 });
    return new Capture(source, node, onChunk);
  }

  /** Sends what the worklet holds of a chunk that is not whole yet. */
  async flush(): Promise<void> {
    if (this.#node.context.state !== "running") return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
      this.#onFlushed = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#node.port.postMessage("flush" satisfies CaptureRequest);
    });
  }

  /** Disconnects; no chunk comes after this. */
  close(): void {
    this.#node.port.onmessage = null;
    this.#node.port.postMessage("stop" satisfies CaptureRequest);
    this.#node.port.close();
    this.#source.disconnect();
    this.#node.disconnect();
  }
}

/** Whether a browser (Firefox) refuses to join a stream and a context of different rates. */
export function isRateConflict(thrown: unknown): boolean {
  return nameOf(thrown) === "NotSupportedError";
}
