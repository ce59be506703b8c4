// A whole input through an engine.

import { abortable } from "./abort.js";
import { closeAudio, openAudio } from "./audio-source.js";
import { EngineStream, type Engine } from "./engine.js";
import { toResult } from "./results.js";
import type { Hearing, PushReply, RawVoice } from "./protocol.js";
import type { AnalyzeOptions, AudioInput, ClassifyOptions, EmotionResult, VoiceProfile } from "./types.js";

/** `AnalyzeOptions`, and whose voice it is. */
export interface HearOptions extends AnalyzeOptions {
  profile: VoiceProfile | null;
}

/** Yields the windows as they are answered, and returns the answer for the whole. */
export async function* hear<L extends string>(
  engine: Engine,
  input: AudioInput,
  options: HearOptions,
): AsyncGenerator<EmotionResult<L>, EmotionResult<L>> {
  const { hopMs, profile, signal } = options;
  const source = await openAudio(input, options);
  const stream = new EngineStream(engine, source.format, { hopMs, profile });
  try {
    const { id: modelId } = await abortable(stream.model, signal);
    const opened = performance.now();
    for await (const chunk of source.chunks) {
      const pushed = performance.now();
      const { results } = await abortable(stream.push(chunk), signal);
      const latencyMs = performance.now() - pushed;
      for (const result of results) yield toResult(result, modelId, latencyMs);
    }
    const flushed = performance.now();
    const { windows, clip } = await abortable(stream.flush(), signal);
    const now = performance.now();
    for (const window of windows) yield toResult(window, modelId, now - flushed);
    return toResult(clip, modelId, now - opened);
  } finally {
    closeAudio(source);
    stream.close();
  }
}

/** What a whole input says of the voice in it; `null` where the model was not calibrated for voice profiles. */
export async function hearVoice(engine: Engine, input: AudioInput, options: ClassifyOptions): Promise<RawVoice | null> {
  const { value } = await hearWhole(engine, input, {}, options, (stream) => stream.flush());
  return value.voice;
}

/** What comes of a whole input at its end, and by which model. */
export async function hearWhole<T>(
  engine: Engine,
  input: AudioInput,
  hearing: Hearing,
  options: ClassifyOptions,
  end: (stream: EngineStream) => Promise<T>,
  onPushed: (reply: PushReply) => void = () => {},
): Promise<{ value: T; modelId: string }> {
  const { signal } = options;
  const source = await openAudio(input, options);
  const stream = new EngineStream(engine, source.format, hearing);
  try {
    const { id: modelId } = await abortable(stream.model, signal);
    for await (const chunk of source.chunks) onPushed(await abortable(stream.push(chunk), signal));
    return { value: await abortable(end(stream), signal), modelId };
  } finally {
    closeAudio(source);
    stream.close();
  }
}
