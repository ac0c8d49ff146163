// Of a list of cards a first part stands on the page; buttons below it show more.
const MORE = 20;
const longLists = [...document.querySelectorAll("ol.clips")];
let moreAtOnce = MORE;
const limits = new Map(longLists.map((list) => [list, moreAtOnce]));

function limit(list) {
  const open = [...list.children].filter((entry) => !entry.hidden);
  open.forEach((entry, place) => entry.classList.toggle("is-beyond", place >= limits.get(list)));
  const more = list.parentElement.querySelector(".more");
  const n = open.length - limits.get(list);
  if (!more) return;
  more.hidden = n <= 0;
  more.querySelector(".some").textContent = `show ${Math.min(moreAtOnce, n)} more`;
  more.querySelector(".all").textContent = `show all ${open.length}`;
  more.querySelector(".all").hidden = n <= moreAtOnce;
}

function limitAnew() {
  for (const list of longLists) {
    limits.set(list, moreAtOnce);
    limit(list);
  }
}

for (const list of longLists) {
  const more = list.parentElement.querySelector(".more");
  if (!more) continue;
  const show = (n) => {
    const first = [...list.children].find((entry) => entry.classList.contains("is-beyond"));
    limits.set(list, n);
    limit(list);
    if (first) first.querySelector(".clip").focus({ preventScroll: true });
  };
  more.querySelector(".some").addEventListener("click", () => show(limits.get(list) + moreAtOnce));
  more.querySelector(".all").addEventListener("click", () => show(Infinity));
}
limitAnew();
