import { startFirefox } from "./support/firefox.mjs";
import { testHiddenTab } from "./support/hidden-tab.mjs";
import { testEngine } from "./support/scenarios.mjs";

testEngine(startFirefox);
testHiddenTab(startFirefox);
