// Clips: choose by word, tag, reason, speaker, flag and text; order; few or many at once; walk and listen by
// keyboard.
const tools = document.getElementById("tools");
const lists = [...document.querySelectorAll("ol.clips")];
const cards = lists.flatMap((list) => [...list.querySelectorAll(".clip")]);
const links = [...document.querySelectorAll("tr.linked")];
const items = [...cards, ...links];
let current = null; // the card that the keys speak of
const clipPart = document.getElementById("clips");

const DENSE = 80; // cards of a list at once in the dense grid
const isDense = () => clipPart.classList.contains("is-dense");

// A link may lead to a card that waits behind "more", or that the choice has hidden.
function reveal(card) {
  const entry = card.closest("ol.clips > li");
  if (!entry) return;
  if (entry.hidden && tools) {
    tools.reset(); // which shows all cards, and then this one
    setTimeout(() => (reveal(card), card.focus()));
    return;
  }
  const list = entry.parentElement;
  const place = [...list.children].filter((one) => !one.hidden).indexOf(entry);
  if (place >= limits.get(list)) limits.set(list, moreAtOnce * Math.ceil((place + 1) / moreAtOnce));
  limit(list);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#sound-"]');
  const card = link && document.getElementById(link.hash.slice(1));
  if (card) reveal(card);
});

function valuesOf(item, key) {
  if (key !== "tag") return item.dataset[key] ? [item.dataset[key]] : [];
  return [...item.querySelectorAll("[data-tag]")].map((tag) => tag.dataset.tag);
}

if (tools && items.length) {
  const selects = [...tools.querySelectorAll("select[data-key]")];
  const boxes = [...tools.querySelectorAll("input.only")];
  const text = tools.querySelector("#find");
  const order = tools.querySelector("#order");
  const told = tools.querySelector("#shown");
  const texts = new Map(
    items.map((item) => [item, [item.dataset.word, item.dataset.path, item.dataset.speaker].join("\n")]),
  );
  const found = new Map(); // key of a select -> item -> its values

  for (const select of selects) {
    const key = select.dataset.key;
    const counts = new Map();
    const values = new Map(items.map((item) => [item, new Set(valuesOf(item, key))]));
    for (const each of values.values()) for (const value of each) counts.set(value, (counts.get(value) || 0) + 1);
    const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a.localeCompare(b));
    for (const name of names) select.add(new Option(`${name} (${counts.get(name)})`, `=${name}`));
    const without = [...values.values()].filter((each) => !each.size).length;
    if (names.length && without) select.add(new Option(`none (${without})`, "none"));
    select.closest("label").hidden = !names.length;
    found.set(select, values);
  }

  // What is typed must begin a word: "cat" finds cat and cat/1.wav, and not truncated.
  let sought = [];
  const seek = () => {
    const parts = text.value.normalize("NFC").split(/\s+/).filter(Boolean);
    sought = parts.map((part) => {
      const begins = /^[\p{L}\p{N}]/u.test(part) ? "(?<![\\p{L}\\p{N}])" : "";
      return new RegExp(begins + part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "iu");
    });
  };

  const isShown = (item) => {
    if (boxes.some((box) => box.checked && item.dataset[box.dataset.only] !== "yes")) return false;
    if (!sought.every((part) => part.test(texts.get(item)))) return false;
    return selects.every((select) => {
      const values = found.get(select).get(item);
      if (select.value === "all") return true;
      return select.value === "none" ? !values.size : values.has(select.value.slice(1));
    });
  };

  const show = () => {
    seek();
    for (const item of items) (item.matches("tr") ? item : item.parentElement).hidden = !isShown(item);
    const count = (group) => group.filter(isShown).length;
    told.textContent =
      `${count(cards)} of ${cards.length} clips` +
      (links.length ? `, ${count(links)} of ${links.length} links` : "");
    for (const list of lists) {
      list.nextElementSibling.hidden = ![...list.children].every((entry) => entry.hidden);
    }
    limitAnew();
    for (const player of players) {
      const entry = player.closest("li");
      if (entry && entry.hidden) player.pause();
    }
  };

  const sorters = {
    listed: (a, b) => a.dataset.rank - b.dataset.rank,
    strangest: (a, b) => b.dataset.score - a.dataset.score,
    usual: (a, b) => a.dataset.score - b.dataset.score,
    p: (a, b) => (a.dataset.p === "") - (b.dataset.p === "") || a.dataset.p - b.dataset.p,
    word: (a, b) => a.dataset.word.localeCompare(b.dataset.word) || b.dataset.score - a.dataset.score,
    speaker: (a, b) => a.dataset.speaker.localeCompare(b.dataset.speaker) || b.dataset.score - a.dataset.score,
  };
  const sort = () => {
    for (const list of lists) {
      const sorted = [...list.querySelectorAll(".clip")].sort(sorters[order.value]);
      list.append(...sorted.map((card) => card.parentElement));
      limit(list);
    }
  };

  const dense = tools.querySelector("#dense");
  dense.addEventListener("click", () => {
    clipPart.classList.toggle("is-dense");
    dense.setAttribute("aria-pressed", String(isDense()));
    moreAtOnce = isDense() ? DENSE : MORE;
    limitAnew();
    if (current) {
      reveal(current);
      current.scrollIntoView({ block: "nearest" });
    }
  });
  tools.addEventListener("submit", (event) => event.preventDefault());
  for (const each of [...selects, ...boxes]) each.addEventListener("change", show);
  text.addEventListener("input", show);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Escape") {
      text.value = "";
      show();
    }
    walk(0);
  });
  order.addEventListener("change", sort);
  tools.addEventListener("reset", () => setTimeout(() => (show(), sort())));
  tools.reset(); // a browser may restore an earlier choice
  show();
}

// What the keys speak of is the card that has or had the focus.
for (const card of cards) {
  card.addEventListener("focusin", () => {
    if (current) current.classList.remove("is-current");
    current = card;
    card.classList.add("is-current");
  });
}

function walk(step) {
  const open = [...document.querySelectorAll("ol.clips .clip")].filter((card) => !card.parentElement.hidden);
  if (!open.length) return;
  const at = open.indexOf(current);
  const next = at < 0 ? open[0] : open[Math.min(Math.max(at + step, 0), open.length - 1)];
  reveal(next);
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function play(which) {
  const picture = current && current.querySelector(which);
  const toggle = picture && views.get(picture);
  if (toggle) toggle();
  return Boolean(toggle);
}

const help = document.getElementById("keys");
const singleKeys = document.getElementById("single-keys");
for (const opener of document.querySelectorAll(".open-keys")) {
  opener.addEventListener("click", () => help.showModal());
}

document.getElementById("close-keys").addEventListener("click", () => help.close());

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || (help && help.open)) return;
  const at = event.target;
  if (at.matches("input, select, textarea, audio, [contenteditable]")) return;
  const onCard = Boolean(at.closest(".clip"));
  const arrows = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const letters = { j: 1, k: -1 };
  const hears = !singleKeys || singleKeys.checked;
  let done = true;
  if (onCard && event.key in arrows) walk(arrows[event.key]);
  else if (at.matches(".clip") && event.key === " ") done = play(".own .picture");
  else if (hears && event.key in letters) walk(letters[event.key]);
  else if (hears && event.key === " " && current && at === document.body) done = play(".own .picture");
  else if (hears && event.key === "n") done = play(".nearest .picture");
  else if (hears && event.key === "g" && tools) document.getElementById("dense").click();
  else if (hears && event.key === "/" && tools) document.getElementById("find").focus();
  else if (hears && event.key === "?" && help) help.showModal();
  else done = false;
  if (done) event.preventDefault();
});

// The review serves this page beside its own; a page from disk has no review to go to.
if (location.protocol !== "file:") {
  for (const link of document.querySelectorAll("a.to-review")) {
    link.href = link.dataset.review;
    link.hidden = false;
  }
}
