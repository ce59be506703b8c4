// The public types of listening: what may be asked, and what is told.

import type { EmotionError } from "./errors.js";
import type { Emotion, EmotionResult } from "./types.js";

/**
 * Options of `listen`.
 *
 * @example
 * ```js
 * const session = await recognizer.listen({ hopMs: 250, smoothingMs: 1500 });
 * const call = await recognizer.listen({ stream: remoteStream });
 * ```
 */
export interface ListenOptions {
  /** A stream to listen to in place of a microphone, such as a call's. It is never stopped. */
  stream?: MediaStream | undefined;
  /** The microphone to open, as `enumerateDevices` names it. */
  deviceId?: string | undefined;
  /**
   * Further wishes for the microphone. Echo cancellation, noise suppression and gain control are off unless
   * they are turned on here: they shift levels by as much as 20 dB.
   */
  constraints?: MediaTrackConstraints | undefined;
  /** Time from one window to the next, in milliseconds, above 0 and up to 600000; by default the model's own. */
  hopMs?: number | undefined;
  /**
   * Averages each answer with those before it, so that labels do not flicker: an answer from this long ago counts for
   * 37% of one from now. In milliseconds, above 0 and up to 60000; not smoothed by default. What `stop` answers never is.
   */
  smoothingMs?: number | undefined;
  /** Aborted before listening has begun, rejects; after that, stops the session. */
  signal?: AbortSignal | undefined;
}

/**
 * What a `ListenSession` is doing.
 *
 * @example
 * ```js
 * session.addEventListener("state", ({ detail }) => (recordingLight.hidden = detail.state !== "running"));
 * ```
 */
export type ListenState =
  /** Audio comes in. */
  | "running"
  /** The page called `pause`. */
  | "paused"
  /** The system, the browser or the device holds the audio back; it goes on by itself. */
  | "interrupted"
  /** For good. */
  | "stopped";

/**
 * Why a `ListenSession` changed its state, or began a new input.
 *
 * @example
 * ```js
 * session.addEventListener("state", ({ detail }) => {
 *   if (detail.reason === "muted") hint.textContent = "Your microphone is muted.";
 * });
 * ```
 */
export type ListenReason =
  /** The page called `listen`, `pause`, `resume` or `stop`, aborted the signal, or disposed the recognizer. */
  | "requested"
  /** The audio context was suspended: autoplay rules before a first click, a phone call, a locked screen. */
  | "context"
  /** The device sent nothing: muted by its switch, or taken by another program. */
  | "muted"
  /** The microphone changed or was replaced. */
  | "device-change"
  /** Inference fell behind and audio was dropped. */
  | "overload"
  /** The engine failed and began anew. */
  | "restarted"
  /** The stream has ended. */
  | "ended"
  /** An `"error"` event says more. */
  | "failed";

/**
 * What a `"state"` event tells.
 *
 * @example
 * ```js
 * session.addEventListener("state", ({ detail: { state, reason } }) => console.log(state, "because of", reason));
 * ```
 */
export interface ListenStateChange {
  /** What the session is doing now. */
  state: ListenState;
  /** Why it does so, or why a new input begins with the state as it was. */
  reason: ListenReason;
}

/**
 * The events of a `ListenSession`.
 *
 * @example
 * ```js
 * session.addEventListener("level", ({ detail }) => (meter.value = detail));
 * session.addEventListener("error", ({ detail }) => console.warn(detail.code, detail.message));
 * ```
 */
export interface ListenEventMap<L extends string = Emotion> {
  /** A window was answered. */
  result: CustomEvent<EmotionResult<L>>;
  /** The largest magnitude of the last chunk, 0 (silence) to 1 (full scale), about 20 times a second. */
  level: CustomEvent<number>;
  /**
   * The state changed; or, with the state as it was, what is heard from here on is a new input to the
   * model, since something is missing before it.
   */
  state: CustomEvent<ListenStateChange>;
  /** Something failed. The session goes on unless a state of `"stopped"` follows. */
  error: CustomEvent<EmotionError>;
}
