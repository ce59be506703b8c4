// Writes the picture of the page for the documentation: `node screenshot.mjs OUT.png [FILE.wav]`.
// It shows the answer for FILE (the synthetic voice unless given) and nothing of its sound.

import { voicePath } from "./support/environment.mjs";
import { startDemo } from "./support/demo.mjs";

const [out, file = voicePath] = process.argv.slice(2);
if (!out) {
  console.error("usage: node screenshot.mjs OUT.png [FILE.wav]");
  process.exit(2);
}

const stage = await startDemo();
try {
  const demo = await stage.open({
    context: { viewport: { width: 760, height: 400 }, deviceScaleFactor: 2, colorScheme: "light", reducedMotion: "reduce" },
  });
  const { page, error } = await demo.choose(file);
  if (page === "error") throw new Error(`expected an answer for ${file}, got ${error}`);
  await demo.page.screenshot({ path: out, fullPage: true });
} finally {
  await stage.close();
}
