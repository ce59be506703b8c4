import { startFirefox } from "../support/engines/firefox.mjs";
import { testHiddenTab } from "../support/engines/hidden-tab.mjs";
import { testEngine } from "../support/engines/scenarios.mjs";

testEngine(startFirefox);
testHiddenTab(startFirefox);
