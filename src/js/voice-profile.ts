// Voice profiles, as the page holds them.

import { EmotionError } from "./errors.js";
import type { ModelInfo, VoiceProfile } from "./types.js";

/** Throws for a model that was not trained for voice profiles; gives the space of one that was. */
export function voiceSpaceOf({ id, voiceSpace }: ModelInfo<string>): string {
  if (voiceSpace !== null) return voiceSpace;
  throw new EmotionError("MODEL_MISMATCH", `expected a model that was trained for voice profiles, got ${id}: use it without one`);
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
export function frozen({ space, speechMs, statistics: { mean, std } }: VoiceProfile): VoiceProfile {
  const statistics = Object.freeze({ mean: Object.freeze([...mean]), std: Object.freeze([...std]) });
  return Object.freeze({ space, speechMs, statistics });
}

/** Whether it has the shape. Of the values, Rust has the last word. */
function isProfile(profile: Partial<VoiceProfile> | null | undefined): boolean {
  const { space, speechMs, statistics } = profile ?? {};
  return (
    typeof space === "string" &&
    Number.isFinite(speechMs) &&
    isListOf(statistics?.mean, Number.isFinite) &&
    isListOf(statistics?.std, (std) => Number.isFinite(std) && std > 0) &&
    statistics?.mean.length === statistics?.std.length
  );
}

function isListOf(list: unknown, isValid: (value: number) => boolean): boolean {
  return Array.isArray(list) && list.every(isValid);
}
