// The demo: one recogniser, one run at a time. It uses the package as any page would.

import { watchFiles } from "./files.js";
import { Models } from "./models.js";
import { View } from "./view.js";
import { Voice } from "./voice.js";

/** Of a long while of listening, the last ten minutes or so: memory must not grow with it. */
const REMEMBERED_WINDOWS = 1200;

const view = new View();
let recognizerClass = null;
let recognizer = null;
let loaded = load();
// What runs now, a file or the microphone, and the microphone's session where there is one.
let current = null;
let session = null;

const voice = new Voice(view.voice, runBeside);
const models = new Models(runBeside, showModel);

view.retry.addEventListener("click", retry);
view.cancel.addEventListener("click", cancel);
view.speak.addEventListener("click", toggleSpeaking);
watchFiles(view.fileInput, (file) => run((signal) => analyse(file, signal)));
// A page that the back button may bring again must neither keep the microphone nor seem to be at work then. Its tracks are
// stopped here and now: a session would first hear out what is under way.
addEventListener("pagehide", () => {
  for (const track of session?.stream.getTracks() ?? []) track.stop();
  if (current) cancel();
});

async function load() {
  view.showLoading(null);
  try {
    recognizerClass ??= await importPackage();
    recognizer = await recognizerClass.load({ onProgress: shareOf((share) => view.showLoading(share)) });
    models.attach(recognizer);
    return true;
  } catch (error) {
    view.showLoadError(error);
    return false;
  }
}

/**
 * The recogniser has this model now.
 * @param {string} name what the page calls it
 * @param {boolean} isLatest whether nothing else was begun meanwhile, which the page shows then
 */
function showModel(name, isLatest) {
  view.showModel(recognizer.model);
  voice.attach(recognizer, name);
  if (isLatest) view.showReady();
}

/** Progress of the two files, code and model, as one share; null while a size is not known. */
function shareOf(onShare) {
  const files = new Map();
  return (progress) => {
    files.set(progress.file, progress);
    const all = [...files.values()];
    const isKnown = all.length === 2 && all.every(({ total }) => total !== null);
    const sum = (key) => all.reduce((sum, file) => sum + file[key], 0);
    onShare(isKnown ? sum("loaded") / sum("total") : null);
  };
}

async function importPackage() {
  try {
    const { EmotionRecognizer } = await import("./emotionai-voice/index.js");
    return EmotionRecognizer;
  } catch (cause) {
    const error = new Error(`the package could not be loaded: ${cause.message}`, { cause });
    throw Object.assign(error, { code: "NETWORK" });
  }
}

function retry() {
  // A page remembers that an import failed: only a fresh one asks again.
  if (recognizerClass) loaded = load();
  else location.reload();
}

/**
 * Ends what runs and starts `task`, once the model is there.
 * @param {(signal: AbortSignal) => Promise<void>} task
 */
async function run(task) {
  current?.abort();
  const controller = new AbortController();
  const { signal } = controller;
  current = controller;
  session = null;
  try {
    if ((await loaded) && !signal.aborted) await task(signal);
  } catch (error) {
    // A run that was ended for the next one has nothing left to say.
    if (!signal.aborted) view.showError(error);
  } finally {
    if (current === controller) current = null;
  }
}

/** Runs what is no input itself: what the page shows of one that still runs makes room. */
function runBeside(task) {
  if (current) view.showReady();
  run(task);
}

/**
 * @param {File} file
 * @param {AbortSignal} signal
 */
async function analyse(file, signal) {
  view.showAnalysing(file.name);
  const windows = [];
  // By hand: `for await` would drop what comes last, the answer for the whole file. Aborted, `next` rejects.
  const analysis = recognizer.analyze(file, { signal });
  let step = await analysis.next();
  for (; !step.done; step = await analysis.next()) {
    windows.push(step.value);
    view.showWindow(step.value);
  }
  view.showAnswer(step.value, { source: "file", name: file.name, windows });
}

function toggleSpeaking() {
  if (session) {
    session.stop();
  } else if (view.state === "asking") {
    cancel();
  } else {
    run(listen);
  }
}

function cancel() {
  current?.abort();
  view.showReady();
}

/** @param {AbortSignal} signal */
async function listen(signal) {
  view.showAsking();
  const own = await recognizer.listen({ signal });
  signal.throwIfAborted();
  session = own;
  try {
    view.showListening();
    own.addEventListener("level", ({ detail }) => view.showLevel(detail));
    own.addEventListener("state", ({ detail }) => view.showListenState(detail));
    const windows = [];
    for await (const window of own) {
      signal.throwIfAborted();
      windows.push(window);
      if (windows.length > REMEMBERED_WINDOWS) windows.shift();
      view.showWindow(window);
    }
    // The session has ended: this only asks for its answer. Just after a gap there is none but the last window's.
    const answer = (await own.stop()) ?? windows.at(-1);
    signal.throwIfAborted();
    if (answer) view.showAnswer(answer, { source: "microphone", name: "your voice", windows });
    else view.showReady();
  } finally {
    if (session === own) session = null;
  }
}
