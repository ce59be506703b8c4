// Stand-ins for a Worker and an engine, driven by the test.

/** A Worker that does what it is told, and keeps what it was sent. */
export class FakeWorker {
  sent = [];
  terminated = false;
  onmessage = null;
  onerror = null;
  onmessageerror = null;

  postMessage(message, transfer) {
    this.sent.push({ message: structuredClone(message, { transfer }), transfer });
  }

  terminate() {
    this.terminated = true;
  }

  /** Answers the message sent at this place. */
  reply(index, value) {
    this.onmessage({ data: { id: this.sent[index].message.id, ok: true, value } });
  }

  refuse(index, error) {
    this.onmessage({ data: { id: this.sent[index].message.id, ok: false, error } });
  }

  die(message = "boom") {
    this.onerror({ message, error: new Error(message), preventDefault() {} });
  }
}

/** An engine whose answers the test gives, in any order. */
export class FakeEngine {
  calls = [];

  call(request) {
    return new Promise((resolve, reject) => this.calls.push({ request, resolve, reject }));
  }

  dispose() {}

  /** The calls of this type. */
  of(type) {
    return this.calls.filter(({ request }) => request.type === type);
  }
}

/** Lets everything that has been settled take its effect. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A result as the engine gives it. */
export const rawResult = (startMs, endMs) => ({
  state: "speech",
  label: "calm",
  confidence: 0.75,
  probabilities: { calm: 0.75, angry: 0.25 },
  provisional: false,
  startMs,
  endMs,
  speechMs: endMs - startMs,
});
