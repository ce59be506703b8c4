// The objects that `src/wasm.rs` gives and takes, for the declarations that wasm-bindgen writes.

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
    /** Whether less than a whole window had been heard. */
    provisional: boolean;
    /** Where the stretch begins in the input, in milliseconds. */
    startMs: number;
    /** Where it ends. */
    endMs: number;
    /** Speech in it, in milliseconds. */
    speechMs: number;
}

/** What a stream still had to say when its input ended. */
export interface RawStreamEnd {
    /** The window that ends with the input, unless it was answered already. */
    windows: RawResult[];
    /** The answer for the whole input. */
    clip: RawResult;
    /** What the network made of the voice; `null` where the model was not calibrated for voice profiles. */
    voice: RawVoice | null;
}

/** What the network made of an input: what a profile is made from. No audio can be made from it. */
export interface RawVoice {
    space: string;
    speechMs: number;
    logits: number[];
}

/** What a model makes of one voice's neutral speech. */
export interface RawVoiceProfile {
    /** The `voiceSpace` of the model that it fits. */
    readonly space: string;
    /** Speech that it was made from, in milliseconds. */
    readonly speechMs: number;
    /** The network's mean logits, one a label. */
    readonly logits: readonly number[];
}

/** What a model file says of itself. */
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
    /** What a profile's `space` must be to fit; `null` where the model was not calibrated for voice profiles. */
    voiceSpace: string | null;
}

/** What the frames of a `MelStream` are. */
export interface RawMelAxes {
    /** Values in a frame. */
    bands: number;
    /** Centre of each band, in Hz. */
    bandsHz: number[];
    /** Time from one frame to the next, in milliseconds. */
    frameMs: number;
    /** What the model sees below the loudest band of the recent past, in dB; fainter is as good as silent. */
    rangeDb: number;
}

/** How much each band of each frame of a window spoke for an emotion. */
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
    /** Frame after frame: how far the label's log-odds fall, in nats, where the place is hidden. */
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
