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

/** Waits until a page says yes. */
export async function until(tab, what, condition, ...args) {
  const deadline = Date.now() + 20_000;
  while (!(await tab.run(condition, ...args))) {
    if (Date.now() > deadline) throw new Error(`waited 20 s for ${what}; problems: ${(await tab.problems()).join("; ")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
