import { testEngine } from "../support/engines/scenarios.mjs";
import { startWebkit } from "../support/engines/webkit.mjs";

testEngine(startWebkit);
