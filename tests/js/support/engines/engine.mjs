// What a browser has to be able to do for these tests, whoever made it.

/**
 * @typedef {object} Tab
 * @property {(task: Function, ...args: unknown[]) => Promise<any>} run runs a function in the page; arguments and value are JSON
 * @property {(selector: string) => Promise<void>} click as a visitor clicks
 * @property {(selector: string, file: string) => Promise<void>} choose gives a file input a file
 * @property {() => Promise<void>} [show] brings it to the front, where the driver can
 * @property {() => Promise<string[]>} problems console warnings and errors, and uncaught exceptions, so far
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Engine
 * @property {(url: string) => Promise<Tab>} open
 * @property {() => Promise<void>} close
 */

/** Waits until a condition holds, for 20 s at most. */
export async function poll(what, condition) {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until a condition holds in a page. */
export async function until(tab, what, condition, ...args) {
  await poll(what, () => tab.run(condition, ...args)).catch(async (error) => {
    error.message += `; problems: ${(await tab.problems()).join("; ")}`;
    throw error;
  });
}
