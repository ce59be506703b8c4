// What a session listens to: a stream, its audio context, and the worklet that captures it.

import { abortable, throwIfAborted } from "../abort.js";
import { EmotionError } from "../errors.js";
import type { ListenOptions } from "../listen-types.js";
import { Capture, isRateConflict, prepareContext, type CapturedChunk } from "./capture.js";
import type { ContextPool } from "./context-pool.js";
import { openMicrophone, stopTracks } from "./microphone.js";

/** Time that a context may take to resume, in milliseconds, before it is reported as held back. */
const WAKE_TIMEOUT_MS = 1_000;

/** A source of chunks whose stream can be replaced while the session runs. */
export class CaptureGraph {
  readonly #pool: ContextPool;
  readonly #isOwned: boolean;
  #context: AudioContext;
  #stream: MediaStream;
  /** Plays a stream of the caller, muted. */
  readonly #player: HTMLAudioElement | undefined;
  #capture: Capture | undefined;
  #closed = false;

  private constructor(context: AudioContext, pool: ContextPool, stream: MediaStream, isOwned: boolean) {
    this.#context = context;
    this.#pool = pool;
    this.#stream = stream;
    this.#isOwned = isOwned;
    if (!isOwned) this.#player = playerOf(stream);
  }

  /** Opens the microphone, unless the options hold a stream, and a context of a fitting rate. */
  static async open(options: ListenOptions, pool: ContextPool): Promise<CaptureGraph> {
    // Both at once: browsers accept a click as the reason for a short time only.
    const waking = pool.take();
    waking.catch(() => {});
    let stream: MediaStream | undefined;
    let context: AudioContext | undefined;
    try {
      // After an abort the context is free at once, even while the browser still asks the visitor.
      stream = options.stream ? withAudio(options.stream) : await abortable(openMicrophone(options), options.signal);
      const taken = (context = await waking);
      context = await fitting(taken, stream);
      if (context !== taken) pool.give(taken);
      throwIfAborted(options.signal);
      await awake(context);
      throwIfAborted(options.signal);
      return new CaptureGraph(context, pool, stream, !options.stream);
    } catch (error) {
      if (stream && !options.stream) stopTracks(stream);
      if (context) pool.give(context);
      else waking.then((unused) => pool.give(unused)).catch(() => {});
      throw error;
    }
  }

  /** The audio context; another after `replace`, where the new stream needs another rate. */
  get context(): AudioContext {
    return this.#context;
  }

  /** The stream that is captured. */
  get stream(): MediaStream {
    return this.#stream;
  }

  /** The track that is captured. */
  get track(): MediaStreamTrack | undefined {
    return this.#stream.getAudioTracks()[0];
  }

  /** Whether the stream was opened here, and so must be released here. */
  get isOwned(): boolean {
    return this.#isOwned;
  }

  /** Begins to capture. */
  start(onChunk: (chunk: CapturedChunk) => void): void {
    this.#capture = Capture.start(this.#context, this.#stream, onChunk);
  }

  /**
   * Replaces a stream that was opened here and has ended, and stops capturing until `start`. In a browser that joins only equal
   * rates, the context may be replaced too.
   */
  async replace(stream: MediaStream): Promise<void> {
    this.#capture?.close();
    this.#capture = undefined;
    stopTracks(this.#stream);
    this.#stream = stream;
    const before = this.#context;
    const context = await fitting(before, stream);
    if (context === before) return;
    // `close` may have returned the context from before meanwhile.
    this.#pool.give(this.#closed ? context : before);
    this.#context = context;
  }

  /** Turns a microphone that was opened here on or off, without releasing it. */
  setEnabled(enabled: boolean): void {
    if (!this.#isOwned) return;
    for (const track of this.#stream.getAudioTracks()) track.enabled = enabled;
  }

  /** Has the worklet send the last samples. */
  async flush(): Promise<void> {
    await this.#capture?.flush();
  }

  /** Releases the device, if it was opened here, and everything else. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#capture?.close();
    this.#capture = undefined;
    if (this.#isOwned) stopTracks(this.#stream);
    if (this.#player) this.#player.srcObject = null;
    this.#pool.give(this.#context);
  }
}

/** Chromium decodes the audio of a call only while an element plays it: otherwise the worklet receives silence. */
function playerOf(stream: MediaStream): HTMLAudioElement {
  const player = new Audio();
  player.muted = true;
  player.srcObject = stream;
  return player;
}

function withAudio(stream: MediaStream): MediaStream {
  if (stream.getAudioTracks().length > 0) return stream;
  throw new EmotionError("INVALID_AUDIO", "expected a MediaStream with an audio track, got one without");
}

/** The context itself, or one at the rate of the stream where the browser joins only equal rates. */
async function fitting(context: AudioContext, stream: MediaStream): Promise<AudioContext> {
  try {
    context.createMediaStreamSource(stream).disconnect();
    return context;
  } catch (error) {
    if (!isRateConflict(error)) throw error;
    // Where the stream does not say its rate, a new context runs at that of the device, which may have changed.
    const sampleRate = stream.getAudioTracks()[0]?.getSettings().sampleRate;
    const other = await prepareContext(sampleRate === undefined ? undefined : { sampleRate });
    other.resume().catch(() => {});
    return other;
  }
}

/** Waits until the context runs, up to a limit: autoplay rules may hold it back until the next click. */
async function awake(context: AudioContext): Promise<void> {
  if (context.state === "running") return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, WAKE_TIMEOUT_MS)));
  await Promise.race([context.resume().catch(() => {}), timeout]);
  clearTimeout(timer);
}
