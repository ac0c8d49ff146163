// The map of the clips of a list: a dot a clip, in colours, and a box that leaves what is in it.
//
// Places are shares of the map's width and height, from the top left, see groups.py. The box is kept in the
// same shares, so that it stays where it is when the map changes its size.

import { NAMES } from "./progress.js";

const MARGIN = 9; // px around the dots
const NEAR = 14; // px within which a click takes the nearest dot
const LEAST_WAY = 5; // px of the pointer that make a box
const STEP = 0.04; // of the map, by which an arrow moves the box
const MOST_CLASSES = 7; // with a colour of their own
const element = (id) => document.getElementById(id);
const [panel, view, canvas, colour] = ["clip-map", "clip-map-view", "clip-map-dots", "clip-map-colour"].map(element);
let clips = [];
let dots = []; // places in the list of the clips that are drawn
let at = -1;
let box = null; // [left, top, right, bottom]
let drawn = null; // the box while it is drawn: what it holds is told when the pointer is lifted
let isDue = false;
let changed = () => {};
let choose = () => {};

export const onBox = (action) => (changed = action);
export const onDot = (action) => (choose = action);

// Take the clips of another list: a box of the one before does not apply to it.
export function takeMap(all) {
  clips = all;
  box = drawn = null;
  panel.hidden = !clips.some((clip) => clip.place);
}

// Draw the clips at these places of the list, and return the places of those in the box; all where there is none.
export function clipsInBox(places) {
  dots = places.filter((place) => clips[place].place);
  const inside = box ? dots.filter((place) => isIn(clips[place].place)) : places;
  tell(places, inside);
  drawDots();
  return inside;
}

export function goToDot(current) {
  at = current;
  drawDots();
}

export function openMap() {
  if (panel.hidden) return;
  element("list-panel").open = panel.open = true;
  view.focus();
}

const isIn = ([x, y]) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
const ordered = ([x, y], [toX, toY]) => [Math.min(x, toX), Math.min(y, toY), Math.max(x, toX), Math.max(y, toY)];

function tell(places, inside) {
  const counts = new Map();
  for (const place of inside) counts.set(clips[place].word, (counts.get(clips[place].word) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]);
  const classes = parts.slice(0, 3).map(([word, n]) => `${n} ${word}`).join(", ");
  const absent = places.length - dots.length;
  element("clip-map-told").textContent = box
    ? `${inside.length} in the box${classes && `: ${classes}`}${parts.length > 3 ? " and others" : ""}`
    : `${dots.length} clips${absent ? `; ${absent} are not on it` : ""}`;
  element("clip-map-clear").hidden = !box;
}

// Parts of the dots that share a colour: class of the key, what is read beside it, which clips.
const PARTS = {
  word() {
    const counts = new Map();
    for (const place of dots) counts.set(clips[place].word, (counts.get(clips[place].word) ?? 0) + 1);
    const words = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a.localeCompare(b));
    const own = words.slice(0, MOST_CLASSES);
    const rest = ["other", "other classes", (clip) => !own.includes(clip.word)];
    return [...own.map((word, k) => [`class-${k}`, word, (clip) => clip.word === word]), rest];
  },
  score() {
    const sorted = dots.map((place) => clips[place].score).filter((score) => score !== null).sort((a, b) => a - b);
    const bounds = [0.2, 0.4, 0.6, 0.8].map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
    const fifth = (clip) => (clip.score === null ? -1 : bounds.filter((bound) => clip.score > bound).length);
    const names = ["most usual fifth", "usual", "middle", "strange", "strangest fifth"];
    const parts = names.map((name, k) => [`score-${k}`, name, (clip) => fifth(clip) === k]);
    return [...parts, ["other", "no score", (clip) => clip.score === null]];
  },
  said() {
    const kind = (clip) => (clip.decided ?? clip.verdict)?.kind;
    const kinds = Object.entries(NAMES).map(([key, name]) => [`said-${key}`, name, (clip) => kind(clip) === key]);
    return [["other", "not judged", (clip) => !kind(clip)], ...kinds];
  },
};

// Draw soon, and once for all that asked for it.
export function drawDots() {
  if (isDue || !panel.open) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function draw() {
  const [width, height, scale] = [view.clientWidth, view.clientHeight, devicePixelRatio];
  if (!width || !height) return;
  const pen = canvas.getContext("2d");
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  const of = (fits) => dots.filter((place) => fits(clips[place]));
  const parts = PARTS[colour.value]().map(([style, name, fits]) => [style, name, of(fits)]).filter(([, , some]) => some.length);
  element("clip-map-keys").replaceChildren(...parts.map(([style, name, some]) => key(style, `${name} (${some.length})`)));
  const inks = new Map([...element("clip-map-keys").children].map((item) => [item.className, getComputedStyle(item.firstChild).color]));
  const size = dots.length > 1500 ? 3 : 5;
  // What is rare lies over what is frequent.
  for (const [style, , some] of [...parts].sort((a, b) => b[2].length - a[2].length)) {
    pen.fillStyle = inks.get(style);
    for (const place of some) {
      const [x, y] = inPixels(clips[place].place);
      pen.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
  const style = getComputedStyle(view);
  const lines = drawn ?? box;
  if (lines) {
    const [[left, top], [right, bottom]] = [inPixels(lines.slice(0, 2)), inPixels(lines.slice(2))];
    pen.strokeStyle = style.color;
    pen.lineWidth = 1.5;
    pen.strokeRect(left, top, right - left, bottom - top);
  }
  const here = clips[at]?.place;
  if (here) {
    pen.strokeStyle = style.color;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(...inPixels(here), 7, 0, 2 * Math.PI);
    pen.stroke();
  }
}

function key(style, text) {
  const [item, mark, name] = ["li", "span", "bdi"].map((tag) => document.createElement(tag));
  item.className = style;
  mark.className = "dot";
  name.textContent = text;
  item.append(mark, name);
  return item;
}

const inPixels = ([x, y]) => [MARGIN + x * (view.clientWidth - 2 * MARGIN), MARGIN + y * (view.clientHeight - 2 * MARGIN)];

function inShares(event) {
  const bounds = view.getBoundingClientRect();
  const share = (value, of) => Math.min(1, Math.max(0, (value - MARGIN) / (of - 2 * MARGIN)));
  return [share(event.clientX - bounds.left, view.clientWidth), share(event.clientY - bounds.top, view.clientHeight)];
}

function setBox(to) {
  box = to;
  changed();
}

function hearNearest(event) {
  const bounds = view.getBoundingClientRect();
  const way = (place) => {
    const [x, y] = inPixels(clips[place].place);
    return Math.hypot(x - (event.clientX - bounds.left), y - (event.clientY - bounds.top));
  };
  const among = box ? dots.filter((place) => isIn(clips[place].place)) : dots;
  const nearest = among.reduce((best, place) => (best < 0 || way(place) < way(best) ? place : best), -1);
  if (nearest >= 0 && way(nearest) <= NEAR) choose(nearest);
}

let from = null; // where the pointer was set down: the event, and the place
view.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  from = [event, inShares(event)];
  view.setPointerCapture(event.pointerId);
  event.preventDefault();
  view.focus({ preventScroll: true });
});
const isFar = (event) => Math.hypot(event.clientX - from[0].clientX, event.clientY - from[0].clientY) >= LEAST_WAY;
view.addEventListener("pointermove", (event) => {
  if (!from || !(drawn || isFar(event))) return;
  drawn = ordered(from[1], inShares(event));
  drawDots();
});
view.addEventListener("pointerup", (event) => {
  if (!from) return;
  const to = drawn && ordered(from[1], inShares(event));
  from = drawn = null;
  if (to) setBox(to);
  else hearNearest(event);
});
view.addEventListener("pointercancel", () => {
  from = drawn = null;
  drawDots();
});

const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
const GROWS = { "+": STEP / 2, "=": STEP / 2, "-": -STEP / 2 };
view.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const [x, y] = MOVES[event.key] ?? [0, 0];
  const by = GROWS[event.key] ?? 0;
  if (event.key === "Enter") setBox(box ?? [0.4, 0.4, 0.6, 0.6]);
  else if (event.key === "Escape" && box) setBox(null);
  else if (box && (x || y || by)) {
    const moved = [box[0] + x - by, box[1] + y - by, box[2] + x + by, box[3] + y + by];
    if (moved[0] < moved[2] && moved[1] < moved[3] && moved[2] > 0 && moved[3] > 0 && moved[0] < 1 && moved[1] < 1) setBox(moved);
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
element("clip-map-clear").addEventListener("click", () => {
  setBox(null);
  view.focus();
});
colour.addEventListener("change", drawDots);
panel.addEventListener("toggle", drawDots);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawDots);
new ResizeObserver(drawDots).observe(view);
