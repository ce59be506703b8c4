// Speaker profiles, as the page holds them.

import { EmotionError } from "../errors.js";
import type { ModelInfo, SpeakerProfile } from "../types.js";

/** The least speech in a profile, in milliseconds. */
const MIN_SPEECH_MS = 1_000;

/** The profile space of a model; throws for a model that takes no profiles. */
export function requireProfileSpace({ id, profileSpace }: ModelInfo<string>): string {
  if (profileSpace !== null) return profileSpace;
  throw new EmotionError("MODEL_MISMATCH", `expected a model that was calibrated for speaker profiles, got ${id}: use it without one`);
}

/** A frozen copy of a profile that fits the model; throws for any other. */
export function requireFitting(profile: SpeakerProfile, model: ModelInfo<string>): SpeakerProfile {
  const profileSpace = requireProfileSpace(model);
  if (!isProfile(profile)) throw damaged("something else");
  const { space, speechMs, logits } = profile;
  if (space !== profileSpace) {
    throw new EmotionError(
      "MODEL_MISMATCH",
      `expected a speaker profile of the space ${profileSpace}, got one of ${space}: enroll again with this model`,
    );
  }
  // Here, rather than in every later call that uses the profile.
  if (logits.length !== model.labels.length) throw damaged(`${logits.length} logits for ${model.labels.length} labels`);
  if (speechMs < MIN_SPEECH_MS) throw damaged(`one of ${speechMs} ms of speech, of which ${MIN_SPEECH_MS} are the least`);
  return frozen(profile);
}

function damaged(found: string): EmotionError {
  return new EmotionError("INVALID_OPTION", `expected a speaker profile as \`enroll\` returns it, got ${found}: enroll again`);
}

/** A frozen copy. */
export function frozen({ space, speechMs, logits }: SpeakerProfile): SpeakerProfile {
  return Object.freeze({ space, speechMs, logits: Object.freeze([...logits]) });
}

/** Whether a value has the shape of a profile, with finite numbers in it. */
function isProfile(profile: Partial<SpeakerProfile> | null | undefined): boolean {
  const { space, speechMs, logits } = profile ?? {};
  return (
    typeof space === "string" &&
    Number.isFinite(speechMs) &&
    Array.isArray(logits) &&
    logits.length > 0 &&
    // The engine computes in 32 bits.
    logits.every((logit: unknown) => typeof logit === "number" && Number.isFinite(Math.fround(logit)))
  );
}
