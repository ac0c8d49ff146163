// What has been said so far, of one clip and of a list?

import { number } from "./view.js";

export const NAMES = {
  normal: "normal",
  anomaly: "anomaly",
  noise: "noise",
  "wrong-label": "wrong label",
  unsure: "unsure",
};
const MOST_MARKS = 250; // of the map of a list; a mark of a longer one stands for several clips
const element = (id) => document.getElementById(id);

export function tellVerdicts(clip, isDeciding) {
  const own = isDeciding ? clip.decided : clip.verdict;
  for (const button of document.querySelectorAll("[data-kind]")) {
    button.setAttribute("aria-pressed", String(own?.kind === button.dataset.kind));
  }
  const parts = clip.verdict ? [["You", clip.verdict]] : [];
  for (const other of clip.others) parts.push([other.reviewer, other]);
  if (clip.decided) parts.push([`decided by ${clip.decided.reviewer}`, clip.decided]);
  element("said").replaceChildren(...parts.map(([who, verdict]) => opinion(who, verdict)));
  element("note").value = own?.note ?? "";
}

function opinion(who, { kind, word, note }) {
  const part = document.createElement("span");
  const [name, heard, written] = [who, word && ` \u2192 ${word}`, note && ` \u201c${note}\u201d`].map((text) => {
    const bdi = document.createElement("bdi");
    bdi.textContent = text;
    return bdi;
  });
  part.append(name, `: ${NAMES[kind]}`, heard, written);
  return part;
}

export function drawMap(queue) {
  const n = Math.min(queue.clips.length, MOST_MARKS);
  element("map").replaceChildren(...Array.from({ length: n }, () => document.createElement("span")));
}

// The first clip that a mark of the map stands for.
export const clipOfMark = (queue, mark) => Math.floor((mark * queue.clips.length) / element("map").children.length);

export function tellProgress(queue, at) {
  const judged = queue.clips.filter((clip) => clip.verdict || clip.decided).length;
  const [more, inAll] =
    queue.n_in_all > queue.clips.length ? ["the first ", `, ${queue.n_in_all.toLocaleString("en")} in all`] : ["", ""];
  element("progress").textContent = `${judged} of ${more}${queue.clips.length.toLocaleString("en")} judged${inAll}`;
  const marks = [...element("map").children];
  marks.forEach((mark, index) => {
    const [first, end] = [clipOfMark(queue, index), clipOfMark(queue, index + 1)];
    const kinds = queue.clips.slice(first, end).map((clip) => (clip.decided ?? clip.verdict)?.kind);
    const told = kinds.includes(undefined) ? "" : (kinds.find((kind) => kind !== "normal") ?? "normal");
    const name = `${told}${at >= first && at < end ? " is-here" : ""}`;
    if (mark.className !== name) mark.className = name;
  });
  element("agreement").textContent = (queue.agreement ?? []).map(agreement).join("; ");
  const tab = document.querySelector("[data-queue=disagreements] .count");
  if (tab) tab.textContent = queue.n_disputed ? ` ${queue.n_disputed}` : "";
}

function agreement({ reviewers, n, share, kappa, kappa_ci95: interval }) {
  const beyond =
    kappa === null
      ? ""
      : `, Cohen\u2019s kappa ${number(kappa, 2)} (95 % interval ${number(interval[0], 2)} to ${number(interval[1], 2)})`;
  return `${reviewers.join(" and ")} agree on ${Math.round(share * n)} of ${n} clips${beyond}`;
}
