// A whole recording through an engine.

import { abortable } from "../abort.js";
import type { Engine } from "../engine/engine.js";
import { EngineStream } from "../engine/engine-stream.js";
import type { PushReply, RawEnrollmentSample, StreamOptions } from "../engine/protocol.js";
import { closeAudio, openAudio } from "../input/audio-source.js";
import type { AnalyzeOptions, AudioInput, ClassifyOptions, EmotionResult, SpeakerProfile } from "../types.js";
import { toResult } from "./convert.js";

/** `AnalyzeOptions` with the speaker's profile. */
export interface RecordingOptions extends AnalyzeOptions {
  profile: SpeakerProfile | null;
}

/** Yields the answers for the windows as they come, and returns the answer for the whole recording. */
export async function* analyzeRecording<L extends string>(
  engine: Engine,
  input: AudioInput,
  options: RecordingOptions,
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

/** What a recording adds to a speaker profile; `null` where the model takes no profiles. */
export async function enrollmentOf(engine: Engine, input: AudioInput, options: ClassifyOptions): Promise<RawEnrollmentSample | null> {
  const { value } = await runRecording(engine, input, {}, options, (stream) => stream.flush());
  return value.enrollment;
}

/** Pushes a whole recording into a stream, and returns the value of `end` with the id of the model. */
export async function runRecording<T>(
  engine: Engine,
  input: AudioInput,
  streamOptions: StreamOptions,
  options: ClassifyOptions,
  end: (stream: EngineStream) => Promise<T>,
  onPushed: (reply: PushReply) => void = () => {},
): Promise<{ value: T; modelId: string }> {
  const { signal } = options;
  const source = await openAudio(input, options);
  const stream = new EngineStream(engine, source.format, streamOptions);
  try {
    const { id: modelId } = await abortable(stream.model, signal);
    for await (const chunk of source.chunks) onPushed(await abortable(stream.push(chunk), signal));
    return { value: await abortable(end(stream), signal), modelId };
  } finally {
    closeAudio(source);
    stream.close();
  }
}
