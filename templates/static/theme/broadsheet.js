// Comfort for readers: nothing is lost without it, and nothing leaves the browser.
"use strict";
