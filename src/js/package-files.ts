// The files that ship beside the bundled modules. Every address is relative to the package's own folder, where all entry
// points lie, and is written in the form that the users' bundlers look for.

/** The compiled WebAssembly. */
export const wasmAddress = (): URL => new URL("./wasm/emotionai_voice_bg.wasm", import.meta.url);

/** The default model. */
export const modelAddress = (): URL => new URL("./model/default.emo", import.meta.url);

/** The capture worklet. Vite would inline so small a file as a `data:` address, which a strict policy refuses. */
export const workletAddress = (): URL => new URL("./worklet.js?no-inline", import.meta.url);

/** The Worker's script, unless a bundler put it elsewhere. Turbopack's address may have an incomplete `href`. */
export function workerAddress(): URL {
  // The variable hides this address from bundlers, which would ship the script a second time.
  const here = import.meta.url;
  return new URL("./worker.js", here);
}

/** Starts the Worker's script. Bundlers look for exactly this expression. */
export const newWorker = (): Worker => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** Imports the generated bindings: a page needs them only where the engine runs on its own thread. */
export const importBindings = () => import("./wasm/emotionai_voice.js");
