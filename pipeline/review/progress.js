// What has been said so far, of one clip and of a list?

import { number } from "./clip.js";

export const NAMES = { normal: "normal", anomaly: "anomaly", noise: "noise", "wrong-label": "wrong label" };
const element = (id) => document.getElementById(id);

export function tellVerdicts(clip) {
  for (const button of document.querySelectorAll("[data-kind]")) {
    button.setAttribute("aria-pressed", String(clip.verdict?.kind === button.dataset.kind));
  }
  const parts = clip.verdict ? [["You", clip.verdict]] : [];
  for (const other of clip.others) parts.push([other.reviewer, other]);
  element("said").replaceChildren(
    ...parts.map(([who, { kind, word }]) => {
      const part = document.createElement("span");
      const name = document.createElement("bdi");
      name.textContent = who;
      const heard = document.createElement("bdi");
      heard.textContent = word ? ` \u2192 ${word}` : "";
      part.append(name, `: ${NAMES[kind]}`, heard);
      return part;
    }),
  );
}

export function tellProgress(queue, at) {
  const judged = queue.clips.filter((clip) => clip.verdict).length;
  const [more, inAll] =
    queue.n_in_all > queue.clips.length ? ["the first ", `, ${queue.n_in_all.toLocaleString("en")} in all`] : ["", ""];
  element("progress").textContent = `${judged} of ${more}${queue.clips.length} judged${inAll}`;
  [...element("map").children].forEach((mark, index) => {
    mark.className = `${queue.clips[index].verdict?.kind ?? ""}${index === at ? " is-here" : ""}`;
  });
  element("agreement").textContent = (queue.agreement ?? [])
    .map(({ reviewers, n, share, kappa }) => {
      const beyond = kappa === null ? "" : `, Cohen\u2019s kappa ${number(kappa, 2)}`;
      return `${reviewers.join(" and ")} agree on ${Math.round(share * n)} of ${n} clips${beyond}`;
    })
    .join("; ");
}
