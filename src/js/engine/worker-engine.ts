// The engine in a Worker, as the page sees it.

import { EmotionError, fromWireError, toEmotionError } from "../errors.js";
import { workerAddress } from "../package-files.js";
import type { Engine, StartedEngine } from "./engine.js";
import { transferables, type EngineRequest, type RawModelInfo, type ReplyMessage, type ReplyTo, type RequestMessage, type StartMessage } from "./protocol.js";
import type { WorkerLike } from "./spawn-worker.js";

interface Pending {
  resolve(value: unknown): void;
  reject(error: EmotionError): void;
}

export class WorkerEngine implements Engine {
  readonly #spawn: () => WorkerLike;
  /** Code and model are kept, so that a new Worker can start without the network. */
  readonly #module: WebAssembly.Module;
  #model: Uint8Array<ArrayBuffer>;

  #worker: WorkerLike | null = null;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #disposed = false;

  private constructor(spawn: () => WorkerLike, module: WebAssembly.Module, model: Uint8Array<ArrayBuffer>) {
    this.#spawn = spawn;
    this.#module = module;
    this.#model = model;
  }

  /** Starts a Worker with code and model. */
  static async start(spawn: () => WorkerLike, module: WebAssembly.Module, model: Uint8Array<ArrayBuffer>): Promise<StartedEngine> {
    const engine = new WorkerEngine(spawn, module, model);
    try {
      return { engine, model: await engine.#start() };
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  async call<T extends EngineRequest["type"]>(request: Extract<EngineRequest, { type: T }>): Promise<ReplyTo<T>> {
    if (this.#disposed) throw disposed();
    // After a crash. Not awaited, so that calls are posted in order: the Worker answers its messages one after the other.
    if (!this.#worker) this.#start().catch((error: unknown) => this.#end(toEmotionError(error)));
    const reply = await this.#post<ReplyTo<T>>((id) => ({ id, request }), transferables(request));
    const sent: EngineRequest = request;
    if (sent.type === "set-model") this.#model = sent.model;
    return reply;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#end(disposed());
  }

  // Not `async`: where no Worker can be spawned, this throws before anything is posted.
  #start(): Promise<RawModelInfo> {
    const worker = this.#spawn();
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ReplyMessage>) => this.#settle(data);
    worker.onerror = (event) => {
      // Otherwise the page reports it as an uncaught error of its own.
      event.preventDefault();
      this.#crash(worker, event.message || unloadable(), event.error);
    };
    worker.onmessageerror = () => this.#crash(worker, "a message could not be read", undefined);
    const start = { module: this.#module, model: this.#model };
    return this.#post<RawModelInfo>((id) => ({ id, start }), []);
  }

  #post<T>(message: (id: number) => StartMessage | RequestMessage, transfer: Transferable[]): Promise<T> {
    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending["resolve"], reject });
      try {
        // `#start` has set the Worker, or has thrown.
        this.#worker?.postMessage(message(id), transfer);
      } catch (error) {
        this.#pending.delete(id);
        reject(error);
      }
    });
  }

  #settle(reply: ReplyMessage): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(fromWireError(reply.error));
  }

  #crash(worker: WorkerLike, message: string, cause: unknown): void {
    if (worker !== this.#worker) return;
    this.#end(new EmotionError("WORKER_CRASHED", `the worker failed: ${message}`, { cause }));
  }

  #end(reason: EmotionError): void {
    this.#worker?.terminate();
    this.#worker = null;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(reason);
  }
}

/** Browsers do not say why a script, or a module that it imports, could not be loaded. */
function unloadable(): string {
  return `its script could not be loaded or run: expected JavaScript at ${workerAddress().href} (or where a bundler put it), and at each address that it imports, answered with a type such as text/javascript`;
}

function disposed(): EmotionError {
  return new EmotionError("DISPOSED", "the recognizer was disposed");
}
