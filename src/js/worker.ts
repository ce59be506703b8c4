// The Worker: an engine behind messages. It is given code and model, and asks the network for nothing.

import { EngineCore } from "./core.js";
import { toEmotionError, toWireError } from "./errors.js";
import type { ReplyMessage, RequestMessage, StartMessage } from "./protocol.js";

/** The part of a Worker's global scope that is needed; the compiler is set to a page's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<StartMessage | RequestMessage>) => void) | null;
  postMessage(message: ReplyMessage): void;
}

const scope = globalThis as unknown as WorkerScope;

let core: Promise<EngineCore> | undefined;
let last: Promise<void> = Promise.resolve();

scope.onmessage = ({ data }) => {
  // One after the other: starting is the one that takes its time.
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
    core = EngineCore.start(message.start.module, message.start.model);
    return (await core).model();
  }
  if (!core) throw new Error("a request came before the start");
  return (await core).handle(message.request);
}
