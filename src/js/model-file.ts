// What a model file of the package, such as `emotionai-voice/model/default.emo`, is to a type checker: a file that has an address, and
// exports nothing.

export {};
