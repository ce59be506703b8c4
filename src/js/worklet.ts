// The capture worklet: collects samples from the audio thread in chunks, and posts them to the page.
// It has no imports: it is loaded by itself, and bundlers ship it unchanged.

/** A message from the page: send the incomplete chunk, or end. */
export type CaptureRequest = "flush" | "stop";

/** A message to the page: a chunk, one array a channel; or `"flushed"`, after everything before a `"flush"` was sent. */
export type CaptureMessage = Float32Array<ArrayBuffer>[] | "flushed";

/** Samples of a channel in a chunk: 43 ms at 48 kHz, often enough for a level meter with few messages. */
const CHUNK_FRAMES = 2048;

class CaptureProcessor extends AudioWorkletProcessor {
  #chunk: Float32Array<ArrayBuffer>[] = [];
  #filled = 0;
  #running = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<CaptureRequest>) => {
      if (data === "stop") {
        this.#running = false;
      } else {
        this.#send();
        this.port.postMessage("flushed" satisfies CaptureMessage);
      }
    };
  }

  override process([input]: Float32Array[][]): boolean {
    const quantum = input?.[0]?.length;
    // No source is connected, or the source is not playing.
    if (!input || quantum === undefined) return this.#running;
    if (input.length !== this.#chunk.length || this.#filled + quantum > CHUNK_FRAMES) this.#begin(input.length);
    input.forEach((samples, channel) => this.#chunk[channel]?.set(samples, this.#filled));
    this.#filled += quantum;
    if (this.#filled === CHUNK_FRAMES) this.#send();
    // A processor that returns `true` is kept alive, and its context with it.
    return this.#running;
  }

  #begin(channels: number): void {
    this.#send();
    this.#chunk = Array.from({ length: channels }, () => new Float32Array(CHUNK_FRAMES));
  }

  #send(): void {
    const { length } = this.#chunk;
    if (this.#filled > 0 && length > 0) {
      const whole = this.#filled === CHUNK_FRAMES;
      const chunk = whole ? this.#chunk : this.#chunk.map((channel) => channel.slice(0, this.#filled));
      this.port.postMessage(chunk satisfies CaptureMessage, chunk.map((channel) => channel.buffer));
    }
    this.#chunk = [];
    this.#filled = 0;
  }
}

registerProcessor("emotionai-voice-capture", CaptureProcessor);
