// What is told of the clip that is before the reviewer?

import { ask } from "./asking.js";
import { loadClip, loadNearest, unload } from "./player.js";
import { number } from "./view.js";

const element = (id) => document.getElementById(id);
const FACTS = ["word", "place", "tags", "above-usual", "score", "p-value", "split", "level", "path", "notes", "said"];
let asked = 0;

export function showNoClip(sentence) {
  asked++;
  unload();
  showWhy(null);
  element("sound").hidden = true;
  element("sight").hidden = true;
  element("empty").hidden = false;
  element("empty").textContent = sentence;
}

export function clearFacts() {
  for (const id of FACTS) element(id).textContent = "";
  element("speaker-part").hidden = element("flagged").hidden = element("likely-part").hidden = true;
}

// What the list knows, before the sound has been read.
export function showFacts(clip, place, nShown) {
  element("word").textContent = clip.word;
  showPlace(place, nShown);
  element("flagged").hidden = !clip.flagged;
  element("tags").textContent = clip.tags;
  element("likely-part").hidden = !clip.likely || clip.likely === clip.word;
  element("likely").textContent = clip.likely;
  element("above-usual").textContent = number(clip.nats_above_usual, 1);
  element("score").textContent = number(clip.score, 1);
  element("p-value").textContent = number(clip.p_value, 3);
  element("split").textContent = clip.split;
  element("path").textContent = clip.path;
  element("speaker-part").hidden = !clip.speaker;
  element("speaker").textContent = clip.speaker;
  // What only the sound can tell is empty until it has been read, never that of the clip before.
  element("level").textContent = element("notes").textContent = "";
}

export function showPlace(place, nShown) {
  element("place").textContent = `${place + 1} of ${nShown}`;
}

export function showClip(clip, word) {
  element("notes").textContent = clip.notes.length ? `\u00b7 ${clip.notes.join(" \u00b7 ")}` : "";
  element("level").textContent = clip.problem ? "\u2013" : `${number(clip.level, 1)} dB`;
  if (clip.problem) {
    showNoClip(clip.problem);
    return;
  }
  asked++;
  element("empty").hidden = true;
  element("sound").hidden = false;
  element("sight").hidden = false;
  element("legend").hidden = !clip.has_heat_map;
  for (const id of ["least", "most"]) element(id).textContent = `${id === "least" ? "\u2212" : "+"}${clip.heat_limit}`;
  element("wave").setAttribute("aria-label", `Waveform of one clip of ${word}`);
  element("spectrogram").alt = `Spectrogram of one clip of ${word}`;
  loadClip(clip);
  showWhy(clip.why);
}

// Why the run lists the clip, and the target clip to see and hear above it.
async function showWhy(why) {
  const turn = asked;
  element("why").hidden = !why;
  element("reason").textContent = why?.reason ?? "";
  element("evidence").textContent = why?.evidence ?? "";
  element("nearest-path").textContent = why?.nearest_path ?? "";
  if (!why?.nearest) return loadNearest(null);
  const clip = await ask(`api/clips/${encodeURIComponent(why.nearest)}`).catch(() => null);
  if (turn === asked) loadNearest(clip?.problem ? null : clip);
}
