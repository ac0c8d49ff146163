"use strict";

// Everything on the page can be read without the scripts; they add sorting, choosing and listening aids.
document.documentElement.classList.add("has-script");

// A closed part would be missing on paper.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
});
