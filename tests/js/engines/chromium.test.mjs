import { startChromium } from "../support/engines/chromium.mjs";
import { testHiddenTab } from "../support/engines/hidden-tab.mjs";

testHiddenTab(startChromium);
