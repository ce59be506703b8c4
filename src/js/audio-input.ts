// What a session listens to: a stream, the context that it runs in, and the worklet between them.

import { abortable, throwIfAborted } from "./abort.js";
import { Capture, isRateConflict, prepareContext, type CapturedChunk } from "./capture.js";
import type { ContextPool } from "./context-pool.js";
import { EmotionError } from "./errors.js";
import { openMicrophone, stopTracks } from "./microphone.js";
import type { ListenOptions } from "./listen-types.js";

/** How long a context may take to wake up before it is reported as held back. */
const WAKE_TIMEOUT_MS = 1_000;

/** A source of chunks that can be swapped while the session runs. */
export class AudioInputGraph {
  readonly context: AudioContext;
  readonly #pool: ContextPool;
  readonly #isOwned: boolean;
  #stream: MediaStream;
  /** What has a stream that was given play, unheard. */
  readonly #player: HTMLAudioElement | undefined;
  #capture: Capture | undefined;
  #closed = false;

  private constructor(context: AudioContext, pool: ContextPool, stream: MediaStream, isOwned: boolean) {
    this.context = context;
    this.#pool = pool;
    this.#stream = stream;
    this.#isOwned = isOwned;
    if (!isOwned) this.#player = playerOf(stream);
  }

  /** Opens the microphone, unless there is a stream to listen to, and a context that fits it. */
  static async open(options: ListenOptions, pool: ContextPool): Promise<AudioInputGraph> {
    // Both at once: the click that led here counts for only so long.
    const waking = pool.take();
    waking.catch(() => {});
    let stream: MediaStream | undefined;
    let context: AudioContext | undefined;
    try {
      // Given up, the context is free at once, however long the visitor is still asked.
      stream = options.stream ? withAudio(options.stream) : await abortable(openMicrophone(options), options.signal);
      context = await fitting(await waking, stream, pool);
      throwIfAborted(options.signal);
      await awake(context);
      throwIfAborted(options.signal);
      return new AudioInputGraph(context, pool, stream, !options.stream);
    } catch (error) {
      if (stream && !options.stream) stopTracks(stream);
      if (context) pool.give(context);
      else waking.then((unused) => pool.give(unused)).catch(() => {});
      throw error;
    }
  }

  /** What is listened to. */
  get stream(): MediaStream {
    return this.#stream;
  }

  /** The track that is heard. */
  get track(): MediaStreamTrack | undefined {
    return this.#stream.getAudioTracks()[0];
  }

  /** Whether the stream was opened here, and is to be released here. */
  get isOwned(): boolean {
    return this.#isOwned;
  }

  /** Lets chunks come. */
  start(onChunk: (chunk: CapturedChunk) => void): void {
    this.#capture = Capture.start(this.context, this.#stream, onChunk);
  }

  /** Goes on with another stream in place of one that was opened here and has ended. */
  replace(stream: MediaStream, onChunk: (chunk: CapturedChunk) => void): void {
    this.#capture?.close();
    stopTracks(this.#stream);
    this.#stream = stream;
    this.start(onChunk);
  }

  /** Lets a microphone that was opened here hear, or not. */
  setEnabled(enabled: boolean): void {
    if (!this.#isOwned) return;
    for (const track of this.#stream.getAudioTracks()) track.enabled = enabled;
  }

  /** Sends the last samples. */
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
    this.#pool.give(this.context);
  }
}

/** Chromium decodes what comes over a call only for an element that plays it: all else hears silence. */
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

/** The context, or one of the stream's own rate where the browser joins only equal ones. */
async function fitting(context: AudioContext, stream: MediaStream, pool: ContextPool): Promise<AudioContext> {
  try {
    context.createMediaStreamSource(stream).disconnect();
    return context;
  } catch (error) {
    pool.give(context);
    const sampleRate = stream.getAudioTracks()[0]?.getSettings().sampleRate;
    if (!isRateConflict(error) || sampleRate === undefined) throw error;
    const other = await prepareContext({ sampleRate });
    other.resume().catch(() => {});
    return other;
  }
}

/** Waits until the context runs, but not for ever: autoplay rules may hold it back until there is a click. */
async function awake(context: AudioContext): Promise<void> {
  if (context.state === "running") return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, WAKE_TIMEOUT_MS)));
  await Promise.race([context.resume().catch(() => {}), timeout]);
  clearTimeout(timer);
}
