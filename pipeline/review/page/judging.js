// A verdict on a clip, or on several at once, and its withdrawal. It is shown as saved only after the server has
// committed it.

import { ask, newUid } from "./asking.js";
import { NAMES } from "./progress.js";
import { askForWord } from "./words.js";

const element = (id) => document.getElementById(id);
let isSaving = false;
let unconfirmed = null; // a judgement without an answer: sent again it has the same uid, and is kept once

export const say = (sentence) => (element("status").textContent = sentence);
export const warn = (sentence) => (element("alert").textContent = sentence);
export const attempt = (action) => action().catch((error) => warn(error.message));

// page: {run, queue, reviewer, at, chosenClips(), took(told), goOn(), goTo(place)}
export async function judge(page, kind) {
  const clip = page.queue.clips[page.at];
  if (!clip || document.querySelector(`[data-kind="${kind}"]`).disabled) return;
  const clips = page.chosenClips();
  const go = (heard) => attempt(() => send(page, { kind, ...heard }, clip, clips));
  const sure = (heard) => (clips.length > 1 ? confirm(clips.length, kind, () => go(heard)) : go(heard));
  if (kind === "wrong-label") askForWord(page.run.words, clip.word, clip.likely, sure);
  else await sure({});
}

// Several clips are judged by one key: what is asked once more says how many.
function confirm(n, kind, then) {
  element("sure-heading").textContent = `Judge ${n} clips at once: ${NAMES[kind]}?`;
  element("sure").onclose = () => element("sure").returnValue === "yes" && then();
  element("sure").returnValue = "";
  element("sure").showModal();
}

async function send(page, verdict, clip, clips) {
  if (isSaving) return;
  const note = element("note").value.trim();
  const which = clips.length > 1 ? { clips: clips.map((each) => each.id) } : { clip: clip.id };
  const said = { ...which, reviewer: page.reviewer, queue: page.queue.name, note, ...verdict };
  const same = unconfirmed && JSON.stringify({ ...unconfirmed, uid: 0 }) === JSON.stringify({ ...said, uid: 0 });
  unconfirmed = { ...said, uid: same ? unconfirmed.uid : newUid() };
  await save(page, "api/verdicts", unconfirmed, "Not saved", async (told) => {
    const n = told.clips.length;
    const what = n > 1 ? `${n} clips` : capital(nameOf(page, told.clip));
    const saved = `${what} saved: ${NAMES[verdict.kind]}${told.problem ? `. ${told.problem}` : ""}`;
    if (placeOf(page, clip) !== page.at) {
      say(saved); // somebody went on meanwhile, and hears another clip now
      return;
    }
    say(await page.goOn() ? saved : `${saved}. No clip after it is left to judge`);
  });
}

const placeOf = (page, clip) => page.queue.clips.findIndex((each) => each.id === clip.id);

function nameOf(page, clip) {
  const place = page.placeShown(placeOf(page, clip));
  return place < 0 ? `clip of ${clip.word} in another list` : `clip ${place + 1}`;
}

export async function undo(page) {
  await save(page, "api/undo", { reviewer: page.reviewer, queue: page.queue.name }, "Not taken back", async (told) => {
    const n = told.clips.length;
    say(`Taken back: the verdict on ${n > 1 ? `${n} clips` : nameOf(page, told.clip)}`);
    const place = placeOf(page, told.clip);
    if (place >= 0) await page.goTo(place);
  });
}

async function save(page, address, content, failure, then) {
  if (isSaving) return;
  isSaving = true;
  document.body.classList.add("is-saving");
  say("Saving \u2026");
  let told;
  try {
    told = await ask(address, content);
    unconfirmed = null;
  } catch (error) {
    say("");
    warn(`${failure}: ${error.message}`);
    return;
  } finally {
    isSaving = false;
    document.body.classList.remove("is-saving");
  }
  page.took(told);
  warn("");
  await then(told);
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);
