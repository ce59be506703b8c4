// The public types of `listen`: its options and its events.

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
  /** A stream to listen to instead of a microphone, for instance that of a call. The session never stops it. */
  stream?: MediaStream | undefined;
  /** The microphone, by its `deviceId` in `enumerateDevices`. */
  deviceId?: string | undefined;
  /**
   * Further constraints for the microphone. Echo cancellation, noise suppression and gain control are off unless they are
   * turned on here: they shift levels by as much as 20 dB.
   */
  constraints?: MediaTrackConstraints | undefined;
  /** Time from one window to the next, in milliseconds, above 0 and up to 600000; the model's own by default. */
  hopMs?: number | undefined;
  /**
   * Averages each answer with the earlier ones, so that labels do not flicker. The time constant in milliseconds, above 0 and up
   * to 60000: an answer of that age has 37% of the weight of a new one. No smoothing by default, and never of the answer of `stop`.
   */
  smoothingMs?: number | undefined;
  /** Aborts `listen`; afterwards, stops the session. */
  signal?: AbortSignal | undefined;
}

/**
 * The state of a `ListenSession`.
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
  /** The system, the browser or the device holds the audio back; the session goes on by itself. */
  | "interrupted"
  /** The session has ended. */
  | "stopped";

/**
 * Why a `ListenSession` changed its state or began a new input.
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
  /** The device sends no audio: it is muted by its switch, or another program uses it. */
  | "muted"
  /** The microphone changed or was replaced. */
  | "device-change"
  /** Inference fell behind, and audio was dropped. */
  | "overload"
  /** The engine failed and was restarted. */
  | "restarted"
  /** The stream has ended. */
  | "ended"
  /** The session failed; an `"error"` event has the reason. */
  | "failed";

/**
 * The detail of a `"state"` event.
 *
 * @example
 * ```js
 * session.addEventListener("state", ({ detail: { state, reason } }) => console.log(state, "because of", reason));
 * ```
 */
export interface ListenStateChange {
  /** The state of the session. */
  state: ListenState;
  /** Why the state changed, or why a new input begins in the same state. */
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
  /** The answer for a window. */
  result: CustomEvent<EmotionResult<L>>;
  /** The largest magnitude of the last chunk, 0 (silence) to 1 (full scale), about 20 times a second. */
  level: CustomEvent<number>;
  /**
   * The state changed; or, in the same state, audio is missing and a new input to the model begins.
   */
  state: CustomEvent<ListenStateChange>;
  /** An error. The session goes on unless the state `"stopped"` follows. */
  error: CustomEvent<EmotionError>;
}
