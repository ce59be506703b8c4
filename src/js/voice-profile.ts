// Voice profiles, as the page holds them.

import { EmotionError } from "./errors.js";
import type { ModelInfo, VoiceProfile } from "./types.js";

/** Throws for a model that was not calibrated for voice profiles; gives the space of one that was. */
export function voiceSpaceOf({ id, voiceSpace }: ModelInfo<string>): string {
  if (voiceSpace !== null) return voiceSpace;
  throw new EmotionError("MODEL_MISMATCH", `expected a model that was calibrated for voice profiles, got ${id}: use it without one`);
}

/** A copy of a profile that fits the model, which nobody else can change. Throws for any other. */
export function adopt(profile: VoiceProfile, model: ModelInfo<string>): VoiceProfile {
  const voiceSpace = voiceSpaceOf(model);
  if (!isProfile(profile)) {
    throw new EmotionError("INVALID_OPTION", "expected a voice profile as `calibrate` gave it, got something else: make it anew");
  }
  if (profile.space !== voiceSpace) {
    throw new EmotionError(
      "MODEL_MISMATCH",
      `expected a voice profile of the space ${voiceSpace}, got one of ${profile.space}: make it anew with this model`,
    );
  }
  return frozen(profile);
}

/** The same values, in an object that cannot be changed. */
export function frozen({ space, speechMs, logits }: VoiceProfile): VoiceProfile {
  return Object.freeze({ space, speechMs, logits: Object.freeze([...logits]) });
}

/** Whether it has the shape. Of the values, Rust has the last word. */
function isProfile(profile: Partial<VoiceProfile> | null | undefined): boolean {
  const { space, speechMs, logits } = profile ?? {};
  return (
    typeof space === "string" &&
    Number.isFinite(speechMs) &&
    Array.isArray(logits) &&
    logits.length > 0 &&
    logits.every(Number.isFinite)
  );
}
