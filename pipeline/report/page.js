"use strict";

// Everything on the page can be read without this script; it adds sorting, choosing and listening aids.
document.documentElement.classList.add("has-script");

// Tables: each heading becomes a button; missing values stay last in both directions.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, headings, column));
  });
}

function sortBy(table, headings, column) {
  const heading = headings[column];
  const isText = heading.dataset.sort === "text";
  const before = heading.getAttribute("aria-sort");
  const ascending = before ? before === "descending" : isText;
  const value = (row) => row.cells[column].dataset.value;
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = isText ? a.localeCompare(b) : Number(a) - Number(b);
    return ascending ? order : -order;
  });
  table.tBodies[0].append(...rows);
  for (const each of headings) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
}

// Histograms: one other word in place of all.
const compare = document.getElementById("compare");
if (compare) {
  const show = () => {
    for (const shape of document.querySelectorAll("#scores [data-word]")) {
      shape.classList.toggle("is-off", shape.dataset.word !== compare.value);
    }
    const label = document.querySelector("#scores .key.others");
    label.textContent = compare.value === "all" ? "other words" : compare.selectedOptions[0].textContent;
  };
  compare.addEventListener("change", show);
  show(); // a browser may restore an earlier choice
}

// Clips: one at a time, a line that follows the sound, arrow keys between cards, space to play.
const players = [...document.querySelectorAll(".clip audio")];
for (const player of players) {
  const picture = player.closest(".clip").querySelector(".picture");
  const playhead = picture.querySelector(".playhead");
  const toggle = () => (player.paused ? player.play().catch(() => {}) : player.pause());
  const follow = () => {
    const share = player.duration ? player.currentTime / player.duration : 0;
    playhead.style.transform = `translateX(${share * picture.clientWidth}px)`;
    if (!player.paused) requestAnimationFrame(follow);
  };
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
    picture.classList.add("is-playing");
    follow();
  });
  for (const end of ["pause", "ended"]) {
    player.addEventListener(end, () => picture.classList.remove("is-playing"));
  }
  picture.addEventListener("click", toggle);
}

for (const list of document.querySelectorAll(".clips")) {
  const cards = [...list.querySelectorAll(".clip")];
  list.addEventListener("keydown", (event) => {
    const at = cards.indexOf(event.target);
    if (at < 0) return; // the keys belong to whatever is inside the card
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && cards[at + step]) {
      event.preventDefault();
      cards[at + step].focus();
    } else if (event.key === " ") {
      const player = cards[at].querySelector("audio");
      if (!player) return;
      event.preventDefault();
      if (player.paused) player.play().catch(() => {});
      else player.pause();
    }
  });
}

// A closed part would be missing on paper.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
});
