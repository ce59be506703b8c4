import { testEngine } from "./support/scenarios.mjs";
import { startFirefox } from "./support/firefox.mjs";

testEngine(startFirefox);
