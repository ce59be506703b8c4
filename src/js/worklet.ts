// The capture worklet: gathers what the audio thread hands over into chunks, and sends them to the page.
// It imports nothing, since it is loaded by itself; bundlers ship it as it is.

/** What the page may ask: to send what there is, and to end. */
export type CaptureRequest = "flush" | "stop";

/** What the page hears: a chunk, one array a channel; or that all before a `"flush"` has been sent. */
export type CaptureMessage = Float32Array<ArrayBuffer>[] | "flushed";

/** Samples of a channel in a chunk: 43 ms at 48 kHz, so that a meter moves and messages stay few. */
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
    // Nothing is connected, or it is not playing.
    if (!input || quantum === undefined) return this.#running;
    if (input.length !== this.#chunk.length || this.#filled + quantum > CHUNK_FRAMES) this.#begin(input.length);
    input.forEach((samples, channel) => this.#chunk[channel]?.set(samples, this.#filled));
    this.#filled += quantum;
    if (this.#filled === CHUNK_FRAMES) this.#send();
    // What returns `true` is kept alive, and its context with it.
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
