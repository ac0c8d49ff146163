// A list of thousands of clips, of which only the rows in view are in the page.

import { number } from "./view.js";
import { NAMES } from "./progress.js";

const ROW_HEIGHT = 46; // px, as in list.css
const BEYOND = 6; // rows above and below those in view
const box = document.getElementById("rows");
const inner = document.getElementById("rows-inner");
let shown = []; // places in the queue, in order
let clips = [];
let at = -1; // place in the queue of the current clip
let choose = () => {};

export function onChoice(action) {
  choose = action;
}

export function showRows(places, all, current) {
  [shown, clips, at] = [places, all, current];
  inner.style.height = `${shown.length * ROW_HEIGHT}px`;
  draw();
}

export function goToRow(current) {
  at = current;
  const row = shown.indexOf(at);
  if (row >= 0 && box.clientHeight) {
    const top = row * ROW_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
  }
  draw();
}

export function draw() {
  const first = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - BEYOND);
  const last = Math.min(shown.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW_HEIGHT) + BEYOND);
  const rows = [];
  for (let row = first; row < last; row++) rows.push(option(row));
  inner.replaceChildren(...rows);
  const current = document.getElementById(`row-${at}`);
  if (current) box.setAttribute("aria-activedescendant", current.id);
  else box.removeAttribute("aria-activedescendant");
}

function option(row) {
  const place = shown[row];
  const clip = clips[place];
  const item = document.createElement("div");
  item.id = `row-${place}`;
  item.role = "option";
  item.className = `row ${clip.verdict?.kind ?? ""}`;
  item.style.top = `${row * ROW_HEIGHT}px`;
  item.setAttribute("aria-selected", String(place === at));
  item.setAttribute("aria-setsize", shown.length);
  item.setAttribute("aria-posinset", row + 1);
  item.append(
    part("bdi", "row-name", clip.path),
    part("span", "row-figure", number(clip.score, 1)),
    part("bdi", "row-more", [clip.speaker, clip.tags || clip.reason].filter(Boolean).join(" \u00b7 ")),
    part("span", "row-verdict", said(clip)),
  );
  item.addEventListener("click", () => choose(place));
  return item;
}

function said({ verdict, decided }) {
  if (decided) return `decided: ${NAMES[decided.kind]}`;
  return verdict ? `${NAMES[verdict.kind]}${verdict.note ? " +" : ""}` : "";
}

function part(name, style, text) {
  const span = document.createElement(name);
  span.className = style;
  span.textContent = text;
  return span;
}

box.addEventListener("scroll", draw, { passive: true });
new ResizeObserver(draw).observe(box);
box.addEventListener("keydown", (event) => {
  const page = Math.max(1, Math.floor(box.clientHeight / ROW_HEIGHT) - 1);
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -shown.length, End: shown.length }[event.key];
  if (!step || !shown.length) return;
  event.preventDefault();
  event.stopPropagation();
  const row = Math.min(Math.max(0, shown.indexOf(at) + step), shown.length - 1);
  choose(shown[row]);
});
