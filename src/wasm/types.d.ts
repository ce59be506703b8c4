// The objects that `src/wasm` gives and takes, for the declarations that wasm-bindgen writes.

/// <reference lib="esnext.disposable" />

/** The answer for a window or a clip. */
export interface RawResult {
    state: "speech" | "no-speech" | "uncertain";
    /** `null` unless `state` is `"speech"`. */
    label: string | null;
    /** Calibrated probability of the likeliest label, 0 to 1; `null` without speech. */
    confidence: number | null;
    /** Calibrated probability of each label, in the model's order; `null` without speech. */
    probabilities: Record<string, number> | null;
    /** Whether the input was still shorter than a window. */
    provisional: boolean;
    /** Start of the window or clip in the input, in milliseconds. */
    startMs: number;
    /** End of the window or clip in the input, in milliseconds. */
    endMs: number;
    /** Speech between start and end, in milliseconds. */
    speechMs: number;
}

/** The last answers of a stream, at the end of its input. */
export interface RawStreamEnd {
    /** The window that ends with the input, unless it was answered already. */
    windows: RawResult[];
    /** The answer for the whole input. */
    clip: RawResult;
    /** Material for a speaker profile; `null` where the model was not calibrated for profiles. */
    enrollment: RawEnrollmentSample | null;
}

/** The logits of one input, from which a speaker profile can be made. It holds no audio. */
export interface RawEnrollmentSample {
    space: string;
    speechMs: number;
    logits: number[];
}

/** A model's logits for one speaker's neutral speech. */
export interface RawSpeakerProfile {
    /** The `profileSpace` of the model that the profile fits. */
    readonly space: string;
    /** Speech that the profile was made from, in milliseconds. */
    readonly speechMs: number;
    /** The mean logits of the speaker's neutral speech, one a label. */
    readonly logits: readonly number[];
}

/** The part of a model file's header that users ask for. */
export interface RawModelInfo {
    id: string;
    labels: string[];
    /** Rate that audio is resampled to, in Hz. */
    sampleRate: number;
    /** SPDX expression of the weights' licence. */
    licence: string;
    architecture: string;
    /** Figures that the trainer measured, by name. */
    metrics: Record<string, number>;
    /** A top probability below this is answered as `"uncertain"`. */
    uncertainBelow: number;
    /** Length of a window, in milliseconds. */
    windowMs: number;
    /** Time from one window to the next where the caller does not say, in milliseconds. */
    hopMs: number;
    /** The `space` of profiles that fit; `null` where the model was not calibrated for speaker profiles. */
    profileSpace: string | null;
}

/** The axes of the frames of a `MelStream`. */
export interface RawMelAxes {
    /** Values in a frame. */
    bands: number;
    /** Centre of each band, in Hz. */
    bandsHz: number[];
    /** Time from one frame to the next, in milliseconds. */
    frameMs: number;
    /** Dynamic range that the model sees below the loudest band of the recent past, in dB; fainter levels count as silent. */
    rangeDb: number;
}

/** How much each band of each frame of a window speaks for an emotion. */
export interface RawSaliency {
    label: string;
    /** Calibrated probability of the label in this window. */
    probability: number;
    bands: number;
    /** Centre of each band, in Hz. */
    bandsHz: number[];
    frames: number;
    /** Time from one frame to the next, in milliseconds. */
    frameMs: number;
    /** Frame after frame: the fall of the label's log-odds where the place is masked, in nats. */
    data: Float32Array<ArrayBuffer>;
    startMs: number;
    endMs: number;
}

/** How log-mel frames are cut and which bands they hold; every field is required. */
export interface FeatureConfig {
    /** Rate of the samples, in Hz. */
    sample_rate: number;
    n_fft: number;
    win_length: number;
    hop_length: number;
    n_mels: number;
    /** Lower edge of the first band, in Hz. */
    f_min: number;
    /** Upper edge of the last band, in Hz. */
    f_max: number;
}
