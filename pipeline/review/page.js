// Listen and judge, one clip after another. Everything that is shown comes as text and is set as text.
// A verdict is shown as saved only after the server has committed it.

import { number, playFrom, playNearest, playOrPause, showClip, showNoClip } from "./clip.js";
import { NAMES, tellProgress, tellVerdicts } from "./progress.js";
import { askForWord } from "./words.js";

const element = (id) => document.getElementById(id);
const KIND_OF_KEY = { n: "normal", a: "anomaly", w: "wrong-label", x: "noise" };
let run = null;
let queue = { name: "", clips: [] };
let at = 0;
let listsAsked = 0; // the answer to an earlier question is not shown over that to a later one
let reviewer = localStorage.getItem("reviewer") ?? "";
let isSaving = false;
let unconfirmed = null; // a judgement without an answer: sent again it has the same uid, and is kept once

async function ask(address, content) {
  const options = content && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  };
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new Error("the review does not answer; start it again with the same file of verdicts");
  }
  const told = await answer.json().catch(() => ({ error: `status ${answer.status}` }));
  if (!answer.ok) throw new Error(told.error);
  return told;
}

async function begin() {
  run = await ask("api/run");
  document.title = `Review ${run.target}`;
  element("target").textContent = run.target;
  element("run").textContent = run.run;
  element("compare-word").textContent = run.target;
  element("report-link").hidden = !run.has_report;
  element("problem").hidden = !run.problem;
  element("problem").textContent = run.problem;
  element("queues").replaceChildren(...run.queues.map(tab));
  if (reviewer) await start();
  else askWho();
}

function tab({ name, title }) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.queue = name;
  button.textContent = title;
  button.addEventListener("click", () => attempt(() => open(name)));
  return button;
}

async function start() {
  element("reviewer-name").textContent = reviewer;
  await open(location.hash.slice(1) || run.queues[0].name);
}

async function open(name) {
  const known = run.queues.some((each) => each.name === name) ? name : run.queues[0].name;
  const turn = ++listsAsked;
  const answer = await ask(`api/queues/${known}?reviewer=${encodeURIComponent(reviewer)}`);
  if (turn !== listsAsked) return;
  queue = answer;
  history.replaceState(null, "", `#${known}`);
  for (const button of element("queues").children) {
    if (button.dataset.queue === known) {
      button.setAttribute("aria-current", "true");
      button.scrollIntoView({ inline: "nearest", block: "nearest" });
    } else button.removeAttribute("aria-current");
  }
  element("map").replaceChildren(...queue.clips.map(() => document.createElement("span")));
  const first = queue.clips.findIndex((clip) => !clip.verdict);
  await show(Math.max(0, first), false);
}

async function show(place, isToPlay) {
  at = Math.min(Math.max(0, place), Math.max(0, queue.clips.length - 1));
  const clip = queue.clips[at];
  tellProgress(queue, at);
  for (const button of document.querySelectorAll(".judge button")) button.disabled = !clip;
  element("undo").disabled = false;
  if (!clip) {
    for (const id of ["word", "place", "tags", "above-usual", "score", "p-value", "split", "level", "path", "notes", "said"]) {
      element(id).textContent = "";
    }
    element("speaker-part").hidden = element("flagged").hidden = true;
    showNoClip(run.queues.find((each) => each.name === queue.name).empty);
    return;
  }
  element("word").textContent = clip.word;
  element("place").textContent = `${at + 1} of ${queue.clips.length}`;
  element("flagged").hidden = !clip.flagged;
  element("tags").textContent = clip.tags;
  element("above-usual").textContent = number(clip.nats_above_usual, 1);
  element("score").textContent = number(clip.score, 1);
  element("p-value").textContent = number(clip.p_value, 3);
  element("split").textContent = clip.split;
  tellVerdicts(clip);
  const details = await ask(`api/clips/${encodeURIComponent(clip.id)}?list=${queue.name}`);
  if (queue.clips[at] !== clip) return; // somebody went on meanwhile
  showClip(details, clip.word);
  for (const button of document.querySelectorAll("[data-kind], #play")) button.disabled = Boolean(details.problem);
  if (isToPlay && element("at-once").checked) playFrom(0);
}

async function judge(kind) {
  const clip = queue.clips[at];
  if (!clip || document.querySelector(`[data-kind="${kind}"]`).disabled) return;
  if (kind === "wrong-label") askForWord(run.words, clip.word, (heard) => attempt(() => send({ kind, ...heard }, clip)));
  else await send({ kind }, clip);
}

async function send(verdict, clip) {
  if (isSaving) return;
  const said = { clip: clip.id, reviewer, ...verdict };
  const same = unconfirmed && JSON.stringify({ ...unconfirmed, uid: 0 }) === JSON.stringify({ ...said, uid: 0 });
  unconfirmed = { ...said, uid: same ? unconfirmed.uid : newUid() };
  await save("api/verdicts", unconfirmed, "Not saved", async (told) => {
    const saved = `${capital(nameOf(clip))} saved: ${NAMES[verdict.kind]}`;
    if (placeOf(clip) !== at) {
      say(saved); // somebody went on meanwhile, and hears another clip now
      return;
    }
    const next = queue.clips.findIndex((each, index) => index > at && !each.verdict);
    say(next < 0 ? `${saved}. No clip after it is left to judge` : saved);
    tellVerdicts(told.clip);
    await show(next < 0 ? at : next, next >= 0);
  });
}

const placeOf = (clip) => queue.clips.findIndex((each) => each.id === clip.id);

function nameOf(clip) {
  const place = placeOf(clip);
  return place < 0 ? `clip of ${clip.word} in another list` : `clip ${place + 1}`;
}

async function undo() {
  await save("api/undo", { reviewer }, "Not taken back", async (told) => {
    say(`Taken back: the verdict on ${nameOf(told.clip)}`);
    const place = placeOf(told.clip);
    if (place >= 0) await show(place, false);
  });
}

async function save(address, content, failure, then) {
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
  queue.agreement = told.agreement;
  const same = queue.clips[placeOf(told.clip)];
  if (same) Object.assign(same, told.clip);
  tellProgress(queue, at);
  warn("");
  await then(told);
}

function askWho() {
  element("name").value = reviewer;
  element("who-problem").textContent = "";
  element("known").replaceChildren(
    ...run.reviewers.map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => called(name));
      return button;
    }),
  );
  if (!element("who").open) element("who").showModal();
}

async function called(name) {
  const before = reviewer;
  reviewer = name;
  try {
    await start();
    localStorage.setItem("reviewer", name);
    if (!run.reviewers.includes(name)) run.reviewers.push(name);
    element("who").close();
    say("");
  } catch (error) {
    reviewer = before;
    element("who-problem").textContent = error.message;
  }
}

function newUid() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);
const say = (sentence) => (element("status").textContent = sentence);
const warn = (sentence) => (element("alert").textContent = sentence);
const attempt = (action) => action().catch((error) => warn(error.message));

for (const button of document.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", (event) => {
    // A button that a mouse has pressed would take the next Space, which is for playing, as a verdict.
    if (event.detail) button.blur();
    attempt(() => judge(button.dataset.kind));
  });
}
element("undo").addEventListener("click", () => attempt(undo));
element("play").addEventListener("click", playOrPause);
element("next").addEventListener("click", () => attempt(() => show(at + 1, true)));
element("previous").addEventListener("click", () => attempt(() => show(at - 1, true)));
element("reviewer").addEventListener("click", askWho);
element("who").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  called(element("name").value.trim());
});
element("who").addEventListener("cancel", (event) => reviewer || event.preventDefault());
element("map").addEventListener("click", (event) => {
  const place = [...element("map").children].indexOf(event.target);
  if (place >= 0) attempt(() => show(place, true));
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input:not([type=checkbox]), dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  const isOnControl = event.target.closest("button, a, input");
  const action =
    (KIND_OF_KEY[key] && (() => judge(KIND_OF_KEY[key]))) ||
    { arrowright: () => show(at + 1, true), arrowleft: () => show(at - 1, true), u: undo, c: async () => playNearest() }[key] ||
    (key === " " && !isOnControl && (async () => playOrPause()));
  if (!action || !run || !reviewer) return;
  event.preventDefault();
  attempt(action);
});

attempt(begin);
