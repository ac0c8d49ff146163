// Which clips of a list are shown, in which order, and which are judged together?

import { clipsInBox, takeMap } from "./clip_map.js";
import { number } from "./view.js";
import { NAMES } from "./progress.js";

const element = (id) => document.getElementById(id);
const text = element("find");
const order = element("order");
const filters = [...document.querySelectorAll("select[data-filter]")];
let clips = [];
let words = new Map(); // clip -> what is searched in it
let changed = () => {};

const VALUES = {
  word: (clip) => [clip.word],
  split: (clip) => [clip.split],
  tag: (clip) => clip.tag_names,
  reason: (clip) => (clip.reason ? [clip.reason] : []),
};
const SAID = {
  open: ["not judged by me", (clip) => !clip.verdict],
  mine: ["judged by me", (clip) => clip.verdict],
  nobody: ["judged by nobody", (clip) => !clip.verdict && !clip.n_others],
  ...Object.fromEntries(Object.entries(NAMES).map(([kind, name]) => [kind, [name, (clip) => clip.verdict?.kind === kind]])),
  note: ["with a note", (clip) => clip.verdict?.note],
};
const last = (value, sign) => (value === null ? Infinity : sign * value);
const ORDERS = {
  list: () => 0,
  strangest: (a, b) => last(a.score, -1) - last(b.score, -1),
  usual: (a, b) => last(a.score, 1) - last(b.score, 1),
  p: (a, b) => last(a.p_value, 1) - last(b.p_value, 1),
  path: (a, b) => a.path.localeCompare(b.path),
  speaker: (a, b) => a.speaker.localeCompare(b.speaker),
  said: (a, b) => (a.verdict?.kind ?? "").localeCompare(b.verdict?.kind ?? ""),
};

export function onChange(action) {
  changed = action;
}

// Take a new list: what was chosen for the one before does not apply to it.
export function takeList(queue) {
  clips = queue.clips;
  words = new Map(clips.map((clip) => [clip, `${clip.path} ${clip.speaker} ${clip.word}`.toLocaleLowerCase()]));
  text.value = "";
  order.value = "list";
  for (const select of filters) fill(select);
  takeMap(clips);
}

function fill(select) {
  const key = select.dataset.filter;
  const options = key === "said" ? Object.entries(SAID).map(([value, [name]]) => [value, name]) : counted(VALUES[key]);
  select.replaceChildren(new Option("all", ""), ...options.map(([value, name]) => new Option(name, value)));
  select.closest("label").hidden = key !== "said" && options.length < 2;
}

function counted(valuesOf) {
  const counts = new Map();
  for (const clip of clips) for (const value of valuesOf(clip)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a.localeCompare(b));
  return names.map((name) => [`=${name}`, `${name} (${counts.get(name)})`]);
}

// The places of the clips that are shown, in order. A word that is typed must begin a part of a name:
// "cat" finds cat/1.wav and not truncated.wav.
export function shownPlaces() {
  const typed = text.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const tests = typed.map((part) => new RegExp(`(^|[^\\p{L}\\p{N}])${part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u"));
  const chosen = filters.filter((select) => select.value && !select.closest("label").hidden);
  const isShown = (clip) =>
    tests.every((test) => test.test(words.get(clip))) &&
    chosen.every(({ dataset: { filter }, value }) =>
      filter === "said" ? SAID[value][1](clip) : VALUES[filter](clip).includes(value.slice(1)),
    );
  // The box of the map is drawn over what all else leaves.
  const places = clipsInBox(clips.map((_, place) => place).filter((place) => isShown(clips[place])));
  const compare = ORDERS[order.value];
  if (order.value !== "list") places.sort((a, b) => compare(clips[a], clips[b]) || a - b);
  element("shown").textContent = places.length === clips.length ? `${clips.length} clips` : `${places.length} of ${clips.length} clips`;
  return places;
}

// Sets that one verdict can be given to, for the clip that is heard: value, what is read, clips.
export function sets(clip, places) {
  if (!clip) return [];
  const among = (isOne) => clips.filter(isOne);
  const found = [["one", "this clip", [clip]]];
  if (clip.speaker) found.push(["speaker", `speaker ${clip.speaker}`, among((one) => one.speaker === clip.speaker)]);
  for (const tag of clip.tag_names) found.push([`tag ${tag}`, `tag ${tag.replaceAll("_", " ")}`, among((one) => one.tag_names.includes(tag))]);
  if (clip.group) found.push(["group", "near duplicates of it", among((one) => one.group === clip.group)]);
  if (places.length < clips.length) found.push(["shown", "all that are shown", places.map((place) => clips[place])]);
  return found.filter(([value, , members]) => value === "one" || members.length > 1);
}

export function tellSets(found, most) {
  const select = element("together");
  const before = select.value;
  select.replaceChildren(
    ...found.map(([value, name, members]) => {
      const option = new Option(value === "one" ? name : `${name}: ${number(members.length, 0)} clips`, value);
      option.disabled = members.length > most;
      return option;
    }),
  );
  select.value = found.some(([value]) => value === before) ? before : "one";
  select.disabled = found.length < 2;
}

element("list-tools").addEventListener("submit", (event) => event.preventDefault());
text.addEventListener("input", () => changed());
text.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" && event.key !== "Enter") return;
  event.preventDefault();
  if (event.key === "Escape") text.value = "";
  changed();
  element("rows").focus();
});
for (const each of [...filters, order]) each.addEventListener("change", () => changed());
