// The type of a model file such as `emotionai-voice/model/default.emo`, which has an address and no exports.

export {};
