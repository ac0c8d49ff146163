// The map of clips: colour it by class, score or decision; select a part; list and play what is in it.
const figureOfMap = document.getElementById("map-figure");
const MOST_LISTED = 60;

if (figureOfMap) {
  const clips = JSON.parse(figureOfMap.dataset.clips);
  const view = document.getElementById("map-view");
  const drawingOfMap = view.querySelector("svg");
  const dots = document.getElementById("dots");
  const region = document.getElementById("region");
  const colour = document.getElementById("map-colour");
  const word = document.getElementById("map-word");
  const keys = figureOfMap.querySelector(".map-keys");
  const every = clips.x.map((_, place) => place);
  const make = (tag, text, name) => Object.assign(document.createElement(tag), { textContent: text, className: name || "" });
  const SVG = "http://www.w3.org/2000/svg";

  const counts = clips.words.map(() => 0);
  for (const number of clips.word) counts[number] += 1;
  if (word) clips.words.forEach((name, number) => number && word.add(new Option(`${name} (${counts[number]})`, number)));

  const groups = {
    word: () => [
      [word && word.value ? "others faint" : "others", "other classes", (i) => clips.word[i] !== 0 && String(clips.word[i]) !== word?.value],
      ["target", clips.words[0], (i) => clips.word[i] === 0],
      ...(word && word.value ? [["picked", clips.words[word.value], (i) => String(clips.word[i]) === word.value]] : []),
    ],
    score: () => {
      const sorted = clips.score.filter((score) => score !== null).sort((a, b) => a - b);
      const bound = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
      const bounds = [0.2, 0.4, 0.6, 0.8].map(bound);
      const names = ["most usual fifth", "usual", "middle", "strange", "strangest fifth"];
      const of = (i) => bounds.filter((each) => clips.score[i] > each).length;
      return names.map((name, k) => [`score-${k}`, name, (i) => of(i) === k]);
    },
    state: () => [
      ["others", "not flagged", (i) => clips.state[i] === 1],
      ["learned", "learned from", (i) => clips.state[i] === 0],
      ["target", "flagged", (i) => clips.state[i] === 2],
      ["picked", "on the list", (i) => clips.state[i] === 3],
    ],
  };

  function paint() {
    const parts = groups[colour.value]();
    keys.replaceChildren(...parts.map(([name, text, fits]) => make("span", `${text} (${every.filter(fits).length})`, `key dot-key ${name}`)));
    dots.replaceChildren(
      ...parts.map(([name, , fits]) => {
        const path = document.createElementNS(SVG, "path");
        path.setAttribute("class", `dots ${name}`);
        path.setAttribute("d", every.filter(fits).map((i) => `M${clips.x[i] / 10},${clips.y[i] / 10}h0`).join(""));
        return path;
      }),
    );
    if (word) word.closest("label").hidden = colour.value !== "word";
  }

  let box = null; // in pixels of the drawing
  function place(x, y, width, height) {
    box = { x, y, width, height };
    for (const [name, value] of Object.entries(box)) region.setAttribute(name, value);
  }

  function tell() {
    const inside = every.filter((i) => {
      const [x, y] = [clips.x[i] / 10, clips.y[i] / 10];
      return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
    });
    inside.sort((a, b) => clips.score[b] - clips.score[a]);
    const of = new Map();
    for (const i of inside) of.set(clips.word[i], (of.get(clips.word[i]) || 0) + 1);
    const parts = [...of].sort((a, b) => b[1] - a[1]).slice(0, 5).map(([number, n]) => `${n} ${clips.words[number]}`);
    const first = inside.length > MOST_LISTED ? `; the ${MOST_LISTED} strangest are listed` : "";
    document.getElementById("map-told").hidden = false;
    document.getElementById("map-shown").textContent =
      `${inside.length} clips selected${parts.length ? `: ${parts.join(", ")}` : ""}${of.size > 5 ? " and others" : ""}${first}`;
    document.getElementById("map-list").replaceChildren(...inside.slice(0, MOST_LISTED).map(entry));
    document.getElementById("map-paths").value = inside.map((i) => clips.path[i]).join("\n");
  }

  function entry(i) {
    const item = make("li", "");
    const card = clips.sound[i] && document.getElementById(clips.sound[i]);
    const player = card && card.querySelector("audio");
    if (player) {
      const button = make("button", "play", "map-play");
      button.type = "button";
      button.setAttribute("aria-label", `Play: ${clips.path[i]}`);
      button.addEventListener("click", () => (player.paused ? player.play().catch(() => {}) : player.pause()));
      item.append(button, " ");
    }
    item.append(make("b", clips.words[clips.word[i]]), ` score ${clips.score[i] ?? "–"}, p-value ${clips.p[i] ?? "–"} `);
    const address = card ? `#${clips.sound[i]}` : clips.address[i] && clips.root + clips.address[i];
    const path = make(address ? "a" : "span", clips.path[i], "path");
    if (address) path.href = address;
    item.append(path);
    return item;
  }

  // From the pointer to pixels of the drawing, which may be shown smaller than it is.
  const at = (event) => {
    const bounds = drawingOfMap.getBoundingClientRect();
    const { width, height } = drawingOfMap.viewBox.baseVal;
    return [((event.clientX - bounds.left) / bounds.width) * width, ((event.clientY - bounds.top) / bounds.height) * height];
  };
  let from = null;
  view.addEventListener("pointerdown", (event) => {
    from = at(event);
    view.setPointerCapture(event.pointerId);
    event.preventDefault();
    view.focus({ preventScroll: true });
  });
  view.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = at(event);
    place(Math.min(x, from[0]), Math.min(y, from[1]), Math.abs(x - from[0]), Math.abs(y - from[1]));
  });
  view.addEventListener("pointerup", (event) => {
    if (!from) return;
    const [x, y] = at(event);
    if (Math.hypot(x - from[0], y - from[1]) < 6) place(x - 8, y - 8, 16, 16); // a click takes what is around it
    from = null;
    tell();
  });
  view.tabIndex = 0;
  view.setAttribute("role", "group");
  view.setAttribute("aria-label", "Map of clips");
  view.setAttribute("aria-describedby", "map-help");
  view.addEventListener("keydown", (event) => {
    const { width, height } = drawingOfMap.viewBox.baseVal;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const grows = { "+": 1.25, "=": 1.25, "-": 0.8 };
    if (event.key === "Enter" && !box) place(width * 0.4, height * 0.4, width * 0.2, height * 0.2);
    else if (box && event.key in moves) place(box.x + 20 * moves[event.key][0], box.y + 20 * moves[event.key][1], box.width, box.height);
    else if (box && event.key in grows) {
      const by = grows[event.key];
      place(box.x + (box.width * (1 - by)) / 2, box.y + (box.height * (1 - by)) / 2, box.width * by, box.height * by);
    } else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    tell();
  });
  for (const select of [colour, word]) if (select) select.addEventListener("change", paint);
  paint();
}
