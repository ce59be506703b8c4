// React over a DOM that Node can have, and the package's hook over that React.

import { register } from "node:module";
import { Window } from "happy-dom";

// An app resolves `react` from where the package is installed; the package under test lies elsewhere.
const react = import.meta.resolve("react");
register(
  `data:text/javascript,${encodeURIComponent(`
    const react = ${JSON.stringify(react)};
    export const resolve = (specifier, context, next) =>
      specifier === "react" ? { url: react, shortCircuit: true } : next(specifier, context);
  `)}`,
);

const window = new Window();
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
// Newer versions of Node have one.
globalThis.navigator ??= window.navigator;

const { act, createElement, StrictMode } = await import("react");
const { createRoot } = await import("react-dom/client");

/** Mounts a component that calls the hook, and gives what it returns and how often it was rendered. */
export async function mountHook(useHook, { strict = true } = {}) {
  const mounted = { renders: 0 };
  function Component({ options }) {
    mounted.current = useHook(options);
    mounted.renders += 1;
    return null;
  }
  const root = createRoot(document.createElement("div"));
  const render = (options) => {
    const component = createElement(Component, { options });
    return act(() => root.render(strict ? createElement(StrictMode, null, component) : component));
  };
  return Object.assign(mounted, { render, unmount: () => act(() => root.unmount()) });
}

/** Lets something happen, and React take note. */
export { act };
