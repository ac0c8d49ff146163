// Listen and judge, one clip after another. Everything that is shown comes as text and is set as text.

import { ask } from "./asking.js";
import { drawDots, goToDot, onBox, onDot, openMap } from "./clip_map.js";
import { clearFacts, showClip, showFacts, showNoClip, showPlace } from "./clip.js";
import { attempt, judge, say, undo, warn } from "./judging.js";
import { onChange, sets, shownPlaces, takeList, tellSets } from "./list.js";
import * as player from "./player.js";
import { clipOfMark, drawMap, tellProgress, tellVerdicts } from "./progress.js";
import { askWho, remembered } from "./reviewers.js";
import { draw, goToRow, onChoice, showRows } from "./rows.js";

const element = (id) => document.getElementById(id);
const KIND_OF_KEY = { n: "normal", a: "anomaly", w: "wrong-label", x: "noise", d: "unsure" };
const TO_DECIDE = "disagreements";
let shown = []; // places in the queue that are shown, in order
let found = []; // sets of clips that one verdict can be given to
let listsAsked = 0; // the answer to an earlier question is not shown over that to a later one

const page = {
  run: null,
  queue: { name: "", clips: [] },
  at: -1, // place in the queue
  reviewer: remembered(),
  placeShown: (place) => shown.indexOf(place),
  goTo: (place) => show(place, false),
  chosenClips: () => found.find(([value]) => value === element("together").value)?.[2] ?? [],
  took(told) {
    Object.assign(page.queue, { agreement: told.agreement, n_disputed: told.n_disputed });
    const news = new Map(told.clips.map((clip) => [clip.id, clip]));
    for (const clip of page.queue.clips) {
      if (news.has(clip.id)) Object.assign(clip, news.get(clip.id));
    }
    element("together").value = "one";
    tellProgress(page.queue, page.at);
    draw();
    drawDots();
  },
  // Go on to the next clip without a verdict; say whether there is one.
  async goOn() {
    const next = shown.slice(shown.indexOf(page.at) + 1).find((place) => !isDone(page.queue.clips[place]));
    tellVerdicts(page.queue.clips[page.at], isDeciding());
    await show(next ?? page.at, next !== undefined);
    return next !== undefined;
  },
};

const isDeciding = () => page.queue.name === TO_DECIDE && page.queue.clips[page.at]?.may_decide;
const isDone = (clip) => (page.queue.name === TO_DECIDE ? clip.decided : clip.verdict);

async function begin() {
  page.run = await ask("api/run");
  page.reviewer = page.run.reviewer || page.reviewer;
  document.title = `Review ${page.run.target}`;
  element("target").textContent = page.run.target;
  element("run").textContent = page.run.run;
  element("compare-word").textContent = page.run.target;
  element("report-link").hidden = !page.run.has_report;
  element("problem").hidden = !page.run.problem;
  element("problem").textContent = page.run.problem;
  element("queues").replaceChildren(...page.run.queues.map(tab));
  element("list-panel").open = matchMedia("(min-width: 1000px)").matches;
  if (page.reviewer) await start();
  else changeReviewer();
}

function tab({ name, title }) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.queue = name;
  button.textContent = title;
  if (name === TO_DECIDE) {
    const count = document.createElement("span");
    count.className = "count";
    button.append(count);
  }
  button.addEventListener("click", () => attempt(() => open(name)));
  return button;
}

async function start() {
  element("reviewer-name").textContent = page.reviewer;
  await open(...location.hash.slice(1).split("/"));
}

async function open(name, link = "") {
  const { run, reviewer } = page;
  const known = run.queues.some((each) => each.name === name) ? name : run.queues[0].name;
  const turn = ++listsAsked;
  const answer = await ask(
    `api/queues/${known}?reviewer=${encodeURIComponent(reviewer)}&clip=${encodeURIComponent(link)}`,
  );
  if (turn !== listsAsked) return;
  page.queue = answer;
  for (const button of element("queues").children) {
    if (button.dataset.queue === known) {
      button.setAttribute("aria-current", "true");
      button.scrollIntoView({ inline: "nearest", block: "nearest" });
    } else button.removeAttribute("aria-current");
  }
  takeList(page.queue);
  drawMap(page.queue);
  shown = shownPlaces();
  const linked = link ? page.queue.clips.findIndex((clip) => clip.link === link) : -1;
  const first = linked >= 0 ? linked : page.queue.clips.findIndex((clip) => !isDone(clip));
  page.at = -1;
  showRows(shown, page.queue.clips, -1);
  await show(Math.max(0, first), false);
  if (link && linked < 0) warn("The run holds no clip of this link.");
}

// What is typed or chosen changes which clips are shown; the one that is heard stays if it can.
function narrow() {
  shown = shownPlaces();
  showRows(shown, page.queue.clips, page.at);
  if (shown.includes(page.at) || !shown.length) {
    if (shown.length) showPlace(shown.indexOf(page.at), shown.length);
    goToRow(page.at);
    offerSets();
  } else attempt(() => show(shown[0], false));
}

async function step(by) {
  const row = shown.indexOf(page.at);
  if (shown.length) await show(shown[Math.min(Math.max(0, row + by), shown.length - 1)], true);
}

async function show(place, isToPlay) {
  const { queue, run } = page;
  page.at = Math.min(Math.max(0, place), queue.clips.length - 1);
  const clip = queue.clips[page.at];
  tellProgress(queue, page.at);
  goToRow(page.at);
  goToDot(page.at);
  offerSets();
  for (const button of document.querySelectorAll(".judge button")) button.disabled = !clip;
  element("undo").disabled = false;
  history.replaceState(null, "", `#${queue.name}${clip ? `/${clip.link}` : ""}`);
  element("clip-link").href = location.hash;
  if (!clip) {
    clearFacts();
    showNoClip(run.queues.find((each) => each.name === queue.name).empty);
    return;
  }
  showFacts(clip, Math.max(0, shown.indexOf(page.at)), shown.length);
  element("deciding").hidden = !isDeciding();
  tellVerdicts(clip, isDeciding());
  const details = await ask(`api/clips/${encodeURIComponent(clip.id)}?list=${queue.name}`);
  if (page.queue.clips[page.at] !== clip) return; // somebody went on meanwhile
  showClip(details, clip.word);
  for (const button of document.querySelectorAll("[data-kind], #play")) button.disabled = Boolean(details.problem);
  if (isToPlay && element("at-once").checked) player.playFromStart();
}

function offerSets() {
  found = sets(page.queue.clips[page.at], shown);
  tellSets(found, page.run.most_at_once);
}

function changeReviewer() {
  askWho(page.run.reviewers, page.reviewer, async (name) => {
    const before = page.reviewer;
    page.reviewer = name;
    try {
      await start();
    } catch (error) {
      page.reviewer = before;
      throw error;
    }
    if (!page.run.reviewers.includes(name)) page.run.reviewers.push(name);
    say("");
  });
}

for (const button of document.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", (event) => {
    // A button that a mouse has pressed would take the next Space, which is for playing, as a verdict.
    if (event.detail) button.blur();
    attempt(() => judge(page, button.dataset.kind));
  });
}
element("undo").addEventListener("click", () => attempt(() => undo(page)));
element("next").addEventListener("click", () => attempt(() => step(1)));
element("previous").addEventListener("click", () => attempt(() => step(-1)));
element("reviewer").addEventListener("click", changeReviewer);
element("map").addEventListener("click", (event) => {
  const mark = [...element("map").children].indexOf(event.target);
  if (mark >= 0) attempt(() => show(clipOfMark(page.queue, mark), true));
});
element("clip-link").addEventListener("click", (event) => {
  event.preventDefault();
  navigator.clipboard?.writeText(location.href).then(() => say("The link to this clip is copied"), () => {});
});
element("note").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  element("note").blur();
  const own = page.queue.clips[page.at]?.verdict;
  // A note on what has been judged goes with the same verdict; else with the one that follows.
  if (event.key === "Enter" && own && !isDeciding() && own.kind !== "wrong-label") attempt(() => judge(page, own.kind));
});
addEventListener("hashchange", () => page.run && page.reviewer && attempt(() => open(...location.hash.slice(1).split("/"))));
onChange(narrow);
onBox(narrow);
onDot((place) => attempt(() => show(place, true)));
onChoice((place) => attempt(() => show(place, true)));

const KEYS = {
  arrowright: () => step(1),
  arrowleft: () => step(-1),
  u: () => undo(page),
  c: async () => player.playNearest(),
  l: async () => player.toggleLoop(),
  s: async () => player.nextSpeed(),
  g: async () => player.toggleGain(),
  z: async () => player.zoomToSelection(),
  "+": async () => player.zoomIn(),
  "-": async () => player.zoomOut(),
  "[": async () => player.selectFromHere(),
  "]": async () => player.selectToHere(),
  escape: async () => player.clearSelection(),
  "/": async () => {
    element("list-panel").open = true;
    element("find").focus();
  },
  p: async () => openMap(),
  t: async () => element("together").focus(),
  m: async () => element("note").focus(),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input:not([type=checkbox]), select, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  const isOnControl = event.target.closest("button, a, input, summary");
  const kind = KIND_OF_KEY[key];
  const action =
    (kind && (() => judge(page, kind))) || KEYS[key] || (key === " " && !isOnControl && (async () => player.playOrPause()));
  if (!action || !page.run || !page.reviewer) return;
  event.preventDefault();
  attempt(action);
});

attempt(begin);
