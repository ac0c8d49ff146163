"use strict";

// Everything on the page can be read without the scripts; they add sorting, choosing and listening aids.
document.documentElement.classList.add("has-script");

// A table that fits has nothing to scroll, and need not be a stop of the tab key.
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
for (const region of document.querySelectorAll(".scroll")) watcher.observe(region);

// A closed part would be missing on paper.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
});
