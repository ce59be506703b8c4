// The Worker: an engine behind messages. The page sends code and model, so that the Worker makes no request.

import { EngineCore } from "./engine/core.js";
import type { ReplyMessage, RequestMessage, StartMessage } from "./engine/protocol.js";
import { toEmotionError, toWireError } from "./errors.js";
import * as bindings from "./wasm/emotionai_voice.js";

/** The part of a Worker's global scope that is used here. The compiler knows the page's scope only. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<StartMessage | RequestMessage>) => void) | null;
  postMessage(message: ReplyMessage): void;
}

const scope = globalThis as unknown as WorkerScope;

let core: Promise<EngineCore> | undefined;
let last: Promise<void> = Promise.resolve();

scope.onmessage = ({ data }) => {
  // One after the other, since starting is asynchronous.
  last = last.then(() => answer(data));
};

async function answer(message: StartMessage | RequestMessage): Promise<void> {
  const { id } = message;
  try {
    scope.postMessage({ id, ok: true, value: await run(message) });
  } catch (thrown) {
    scope.postMessage({ id, ok: false, error: toWireError(toEmotionError(thrown)) });
  }
}

async function run(message: StartMessage | RequestMessage) {
  if ("start" in message) {
    core = EngineCore.start(bindings, message.start.module, message.start.model);
    return (await core).model();
  }
  if (!core) throw new Error("a request came before the start");
  return (await core).handle(message.request);
}
