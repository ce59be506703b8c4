import { startChromium } from "./support/chromium.mjs";
import { testHiddenTab } from "./support/hidden-tab.mjs";

testHiddenTab(startChromium);
