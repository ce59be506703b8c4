import { testEngine } from "./support/scenarios.mjs";
import { startWebkit } from "./support/webkit.mjs";

testEngine(startWebkit);
