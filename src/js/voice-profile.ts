// Voice profiles, as the page holds them.

import { EmotionError } from "./errors.js";
import type { ModelInfo, VoiceProfile } from "./types.js";

/** The least speech that a profile is made from, in milliseconds. */
const MIN_SPEECH_MS = 1_000;

/** Throws for a model that was not calibrated for voice profiles; gives the space of one that was. */
export function voiceSpaceOf({ id, voiceSpace }: ModelInfo<string>): string {
  if (voiceSpace !== null) return voiceSpace;
  throw new EmotionError("MODEL_MISMATCH", `expected a model that was calibrated for voice profiles, got ${id}: use it without one`);
}

/** A copy of a profile that fits the model, which nobody else can change. Throws for any other. */
export function adopt(profile: VoiceProfile, model: ModelInfo<string>): VoiceProfile {
  const voiceSpace = voiceSpaceOf(model);
  if (!isProfile(profile)) throw damaged("something else");
  const { space, speechMs, logits } = profile;
  if (space !== voiceSpace) {
    throw new EmotionError(
      "MODEL_MISMATCH",
      `expected a voice profile of the space ${voiceSpace}, got one of ${space}: make it anew with this model`,
    );
  }
  // At once, and not with every call that is to use it.
  if (logits.length !== model.labels.length) throw damaged(`${logits.length} logits for ${model.labels.length} labels`);
  if (speechMs < MIN_SPEECH_MS) throw damaged(`one of ${speechMs} ms of speech, where ${MIN_SPEECH_MS} are the least`);
  return frozen(profile);
}

function damaged(found: string): EmotionError {
  return new EmotionError("INVALID_OPTION", `expected a voice profile as \`calibrate\` gave it, got ${found}: make it anew`);
}

/** The same values, in an object that cannot be changed. */
export function frozen({ space, speechMs, logits }: VoiceProfile): VoiceProfile {
  return Object.freeze({ space, speechMs, logits: Object.freeze([...logits]) });
}

/** Whether it has the shape, and numbers where they belong. */
function isProfile(profile: Partial<VoiceProfile> | null | undefined): boolean {
  const { space, speechMs, logits } = profile ?? {};
  return (
    typeof space === "string" &&
    Number.isFinite(speechMs) &&
    Array.isArray(logits) &&
    logits.length > 0 &&
    // The engine counts in 32 bits.
    logits.every((logit: unknown) => typeof logit === "number" && Number.isFinite(Math.fround(logit)))
  );
}
