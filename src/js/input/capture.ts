// From a MediaStream to chunks on the page: an AudioContext with the capture worklet in it.

import { EmotionError, messageOf, nameOf } from "../errors.js";
import { workletAddress } from "../package-files.js";
import type { CaptureMessage, CaptureRequest } from "../worklet.js";

/** A chunk of samples, one array a channel. */
export type CapturedChunk = Float32Array<ArrayBuffer>[];

/** Time to wait for the last samples, in milliseconds. A suspended context never sends them. */
const FLUSH_TIMEOUT_MS = 200;

/** Whether audio can be captured here: not under Node, in Workers, or on insecure pages. */
export function canCapture(): boolean {
  return typeof AudioContext !== "undefined" && "audioWorklet" in AudioContext.prototype && globalThis.isSecureContext;
}

/**
 * A suspended audio context that has loaded the worklet. It runs at the rate of the device: some browsers refuse a microphone
 * of another rate, and all resample worse than Rust does.
 */
export async function prepareContext(options?: AudioContextOptions): Promise<AudioContext> {
  if (!canCapture()) {
    throw new EmotionError("UNSUPPORTED", "audio cannot be captured here: AudioContext or AudioWorklet is missing");
  }
  const worklet = workletAddress();
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

/** Suspends a context, so that it uses no power and the system does not mark the page as playing. */
export function rest(context: AudioContext): void {
  // Not awaited: where autoplay rules hold the context back, the promise may never settle.
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
    // Some browsers run only nodes that lead to the speakers. The worklet writes no output, so it is silent.
    node.connect(node.context.destination);
  }

  /** Connects a stream to a context that `prepareContext` made, and calls `onChunk` for each chunk. */
  static start(context: AudioContext, stream: MediaStream, onChunk: (chunk: CapturedChunk) => void): Capture {
    const source = connectable(context, stream);
    const node = new AudioWorkletNode(context, "emotionai-voice-capture", { numberOfInputs: 1, numberOfOutputs: 1 });
    return new Capture(source, node, onChunk);
  }

  /** Has the worklet send its incomplete chunk. */
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

function connectable(context: AudioContext, stream: MediaStream): MediaStreamAudioSourceNode {
  try {
    return context.createMediaStreamSource(stream);
  } catch (cause) {
    if (!isRateConflict(cause)) throw cause;
    throw new EmotionError("UNSUPPORTED", `this browser does not join a stream to an audio context of another rate (${context.sampleRate} Hz)`, { cause });
  }
}

/** Whether a browser (Firefox) refuses to join a stream and a context of different rates. */
export function isRateConflict(thrown: unknown): boolean {
  return nameOf(thrown) === "NotSupportedError";
}
