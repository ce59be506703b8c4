// A consumer in strict TypeScript. It is compiled under every way of resolving modules, and never run.

import {
  EmotionError,
  EmotionRecognizer,
  summarize,
  toCsv,
  toJson,
  toWebVtt,
  type AudioInput,
  type Emotion,
  type EmotionErrorCode,
  type EmotionResult,
  type EmotionSummary,
  type ListenSession,
  type ListenState,
  type MelSpectrogram,
  type ModelInfo,
  type Saliency,
  type VoiceProfile,
} from "emotionai-voice";
import { useEmotionRecognizer, type LiveState } from "emotionai-voice/react";
import { Classifier, LogMelExtractor, StreamClassifier, WavDecoder } from "emotionai-voice/wasm";

/** Compiles only where two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

export async function everything(file: File, stream: MediaStream, samples: Float32Array): Promise<void> {
  const recognizer = await EmotionRecognizer.load({ worker: true, onProgress: ({ file }) => same<typeof file, "wasm" | "model">(true) });
  same<typeof recognizer, EmotionRecognizer<Emotion>>(true);

  const result = await recognizer.classify(samples, { sampleRate: 16_000 });
  same<typeof result, EmotionResult>(true);
  same<typeof result.label, Emotion | null>(true);
  // @ts-expect-error A label may be null.
  const label: Emotion = result.label;
  const happy: number | undefined = result.probabilities?.happy;
  // @ts-expect-error There is no such label.
  result.probabilities?.hangry;

  const results: EmotionResult[] = [];
  for await (const window of recognizer.analyze(file, { hopMs: 250 })) results.push(window);
  const text: string = toCsv(results) + toJson(results) + toWebVtt(results);
  same<ReturnType<typeof summarize<Emotion>>, EmotionSummary>(true);
  const { dominant, shares, transitions } = summarize(results);
  if (dominant) same<(typeof shares)[typeof dominant], number>(true);
  same<(typeof transitions)[number]["from"], Emotion>(true);

  const mel: MelSpectrogram = await recognizer.melSpectrogram(file);
  const saliency: Saliency = await recognizer.explain(file, { emotion: "sad" });
  // @ts-expect-error There is no such emotion.
  await recognizer.explain(file, { emotion: "hangry" });
  const pixels: ArrayBuffer = mel.data.buffer;

  const profile: VoiceProfile = await recognizer.calibrate([file, samples], { sampleRate: 16_000 });
  recognizer.setProfile(profile);
  const inputs: AudioInput[] = [file, samples, "/voice.wav", new URL("https://example.com/voice.wav"), new ArrayBuffer(1), new Blob()];
  // @ts-expect-error Not audio.
  await recognizer.classify(7);

  const session: ListenSession = await recognizer.listen({ stream, smoothingMs: 1000 });
  session.addEventListener("result", ({ detail }) => same<typeof detail, EmotionResult>(true));
  session.addEventListener("level", ({ detail }) => same<typeof detail, number>(true));
  session.addEventListener("state", ({ detail }) => same<typeof detail.state, ListenState>(true));
  session.addEventListener("error", ({ detail }) => same<typeof detail, EmotionError>(true));
  for await (const { label } of session) same<typeof label, Emotion | null>(true);
  const answer: EmotionResult | null = await session.stop();
  void [label, happy, text, saliency, pixels, inputs, answer];
  recognizer.dispose();
}

export async function othersLabels(model: ArrayBuffer): Promise<"yes" | "no" | null> {
  const recognizer = await EmotionRecognizer.load<"yes" | "no">({ model });
  const info: ModelInfo<"yes" | "no"> = recognizer.model;
  const metrics: Readonly<Record<string, number>> = info.metrics;
  const texts: string[] = [info.id, info.licence, info.architecture, String(metrics)];
  void texts;
  const { label, probabilities } = await recognizer.classify("/voice.wav");
  same<typeof probabilities, Record<"yes" | "no", number> | null>(true);
  return label;
}

export function hook(): LiveState["status"] {
  const { status, result, start, stop } = useEmotionRecognizer({ listen: { hopMs: 250 }, intervalMs: 200 });
  same<typeof result, EmotionResult | null>(true);
  void [start, stop];
  return status;
}

export function bareBones(model: Uint8Array): void {
  const classifier = new Classifier(model);
  const stream: StreamClassifier = classifier.stream(16_000);
  const rate: number | undefined = new WavDecoder().sampleRate;
  void [stream, rate, LogMelExtractor];
}

export const isOurs = (error: unknown): EmotionErrorCode | null => (error instanceof EmotionError ? error.code : null);
