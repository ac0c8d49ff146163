// How is a clip heard: from where to where, once or again and again, how fast and how loud?

import { number, View } from "./view.js";

const SPEEDS = [1, 0.75, 0.5, 1.5, 2];
const CLICK = 5; // px: a shorter way of the pointer is a click
const ZOOM = 2;
const element = (id) => document.getElementById(id);
const player = element("player");
const nearest = element("nearest");
const view = new View("");
const beside = new View("nearest-");
const settings = { loops: false, speed: 1, isLoud: false };
let sounds = { clip: null, nearest: null }; // addresses

export function loadClip(clip) {
  view.show(clip);
  sounds = { clip: `clips/${encodeURIComponent(clip.id)}/audio`, nearest: null };
  setSource(player, sounds.clip);
  select(clip.region);
  if (clip.region) {
    const [start, end] = clip.region;
    view.zoomTo(start - (end - start) / 2, end + (end - start) / 2);
  }
  tell();
}

export function loadNearest(clip) {
  sounds.nearest = clip && `clips/${encodeURIComponent(clip.id)}/audio`;
  setSource(nearest, sounds.nearest);
  element("nearest-view").hidden = !clip;
  if (!clip) return;
  beside.show(clip);
  follow(nearest, beside);
}

export function unload() {
  sounds = { clip: null, nearest: null };
  setSource(player, null);
  setSource(nearest, null);
  view.clip = beside.clip = null;
}

function setSource(audio, address) {
  if (address) audio.src = settings.isLoud ? `${address}?gain=full` : address;
  else audio.removeAttribute("src");
  if (!address) audio.load();
  audio.defaultPlaybackRate = audio.playbackRate = settings.speed;
}

const isReady = () => Boolean(sounds.clip);
const start = () => view.selection?.[0] ?? 0;

export function playOrPause() {
  if (!isReady()) return;
  if (player.paused) playAt(start());
  else player.pause();
}

export function playFromStart() {
  if (isReady()) playAt(start());
}

function playAt(seconds) {
  nearest.pause();
  player.currentTime = seconds;
  // A browser may hold sound back until the first key or click; the play button is there for that.
  player.play().catch(() => {});
}

export function playNearest(seconds = 0) {
  if (!sounds.nearest) return;
  if (!nearest.paused && !seconds) return nearest.pause();
  player.pause();
  nearest.currentTime = seconds;
  nearest.play().catch(() => {});
}

export function toggleLoop() {
  settings.loops = !settings.loops;
  tell();
}

export function nextSpeed() {
  settings.speed = SPEEDS[(SPEEDS.indexOf(settings.speed) + 1) % SPEEDS.length];
  for (const audio of [player, nearest]) audio.defaultPlaybackRate = audio.playbackRate = settings.speed;
  tell();
}

export function toggleGain() {
  settings.isLoud = !settings.isLoud;
  const wasPlaying = !player.paused;
  setSource(player, sounds.clip);
  setSource(nearest, sounds.nearest);
  if (wasPlaying) playFromStart();
  tell();
}

// Zoom to what is selected, or back; by a factor around what is heard or selected.
export function zoomToSelection() {
  if (!view.clip) return;
  if (view.selection && view.isWhole) bothTo(...view.selection);
  else bothTo(0, view.clip.duration);
}

export function zoomBy(factor) {
  if (!view.clip) return;
  const middle = view.selection ? (view.selection[0] + view.selection[1]) / 2 : player.currentTime || (view.from + view.to) / 2;
  const length = (view.to - view.from) / factor;
  bothTo(middle - length / 2, middle + length / 2);
}

export const zoomIn = () => zoomBy(ZOOM);
export const zoomOut = () => zoomBy(1 / ZOOM);

function bothTo(from, to) {
  view.zoomTo(from, to);
  // Words are windows of one length, and so lie over one another.
  if (beside.clip && Math.abs(beside.clip.duration - view.clip.duration) < 0.01) beside.zoomTo(from, to);
  view.place(player.currentTime);
  tell();
}

// An end of the selection where the sound is now.
export function selectFromHere() {
  if (view.clip) select([player.currentTime, Math.max(view.selection?.[1] ?? 0, player.currentTime + 0.02, 0) || view.clip.duration]);
}

export function selectToHere() {
  if (view.clip && player.currentTime > 0) select([Math.min(start(), player.currentTime - 0.02), player.currentTime]);
}

export function clearSelection() {
  const had = Boolean(view.selection);
  select(null);
  return had;
}

function select(selection) {
  if (!view.clip) return;
  const [from, to] = selection ?? [0, 0];
  view.select(to > from ? [Math.max(0, from), Math.min(view.clip.duration, to)] : null);
  tell();
}

function tell() {
  const chosen = view.selection;
  element("loop").setAttribute("aria-pressed", String(settings.loops));
  element("gain").setAttribute("aria-pressed", String(settings.isLoud));
  element("speed").firstChild.textContent = `Speed ${settings.speed}\u00d7 `;
  element("zoom").setAttribute("aria-pressed", String(!view.isWhole));
  element("how-to-select").hidden = Boolean(chosen);
  element("chosen").textContent = chosen ? `selected ${number(chosen[0], 2)} to ${number(chosen[1], 2)} s` : "";
}

function follow(audio, where) {
  if (!where.clip) return;
  const end = audio === player ? view.selection?.[1] : undefined;
  if (end !== undefined && !audio.paused && audio.currentTime >= end) {
    if (settings.loops) audio.currentTime = start();
    else audio.pause();
  }
  where.place(audio.currentTime);
  if (!audio.paused) requestAnimationFrame(() => follow(audio, where));
}

function listenTo(audio, where, mark, told) {
  audio.addEventListener("play", () => {
    mark.classList.add("is-playing");
    told(true);
    follow(audio, where);
  });
  for (const end of ["pause", "ended", "emptied"]) {
    audio.addEventListener(end, () => {
      mark.classList.remove("is-playing");
      told(false);
    });
  }
}

listenTo(player, view, view.sight, (plays) => (element("play").firstChild.textContent = plays ? "Pause " : "Play "));
listenTo(nearest, beside, element("nearest-sight"), (plays) => element("compare").classList.toggle("is-playing", plays));
player.addEventListener("ended", () => settings.loops && playAt(start()));
nearest.addEventListener("ended", () => settings.loops && playNearest());

// A click plays from there; a way of the pointer selects.
let pressed = null;
view.sight.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !isReady()) return;
  pressed = event.clientX;
  view.sight.setPointerCapture(event.pointerId);
});
view.sight.addEventListener("pointermove", (event) => {
  if (pressed === null || Math.abs(event.clientX - pressed) < CLICK) return;
  select([view.secondAt(pressed), view.secondAt(event.clientX)].sort((a, b) => a - b));
});
view.sight.addEventListener("pointerup", (event) => {
  if (pressed === null) return;
  const isClick = Math.abs(event.clientX - pressed) < CLICK;
  pressed = null;
  if (!isClick) return playFromStart();
  const at = view.secondAt(event.clientX);
  if (view.selection && (at < view.selection[0] || at > view.selection[1])) select(null);
  playAt(at);
});
view.sight.addEventListener("pointercancel", () => (pressed = null));
beside.sight.addEventListener("click", (event) => playNearest(beside.secondAt(event.clientX)));

for (const [id, action] of Object.entries({ play: playOrPause, compare: () => playNearest(), loop: toggleLoop, speed: nextSpeed, gain: toggleGain, zoom: zoomToSelection, "zoom-in": zoomIn, "zoom-out": zoomOut })) {
  element(id).addEventListener("click", action);
}
