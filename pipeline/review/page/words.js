// Which word is heard in a clip with a wrong label? A list that shrinks while one types.

const dialog = document.getElementById("words");
const heard = document.getElementById("heard");
const choices = document.getElementById("choices");
let options = []; // {label, answer}, as shown
let active = 0;
let known = [];
let filedUnder = "";
let taken = ""; // the word that the run takes the clip for
const MOST = 100; // of thousands of words; the others are found by typing
let decided = () => {};

export function askForWord(words, word, likely, then) {
  [known, filedUnder, taken, decided] = [words, word, likely, then];
  heard.value = "";
  list();
  dialog.showModal();
  heard.focus();
}

function list() {
  const typed = heard.value.trim().toLocaleLowerCase();
  options = known
    .map((label, index) => ({ label, answer: { word: index } }))
    .filter(({ label }) => label !== filedUnder && label.toLocaleLowerCase().includes(typed))
    .sort((one, other) => fits(other, typed) - fits(one, typed));
  const nMore = options.length - MOST;
  options = options.slice(0, MOST);
  if (typed && !known.some((label) => label.toLocaleLowerCase() === typed)) {
    options.push({ label: `another word: ${heard.value.trim()}`, answer: { other_word: heard.value.trim() } });
  }
  document.getElementById("more-words").textContent = nMore > 0 ? `${nMore} more: type a part of the word` : "";
  active = 0;
  choices.replaceChildren(...options.map(choice));
  mark();
}

// What begins as it is typed comes first, and of that the word that the run takes the clip for.
const fits = ({ label }, typed) => 2 * label.toLocaleLowerCase().startsWith(typed) + (label === taken);

function choice({ label }, index) {
  const item = document.createElement("li");
  item.id = `choice-${index}`;
  item.role = "option";
  const name = document.createElement("bdi");
  name.textContent = label;
  item.append(name);
  if (label === taken) {
    const told = document.createElement("span");
    told.className = "quiet";
    told.textContent = " \u2013 most like it, to the model";
    item.append(told);
  }
  item.addEventListener("click", () => choose(index));
  return item;
}

function mark() {
  [...choices.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
  const chosen = choices.children[active];
  if (chosen) {
    heard.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else heard.removeAttribute("aria-activedescendant");
}

function choose(index) {
  if (!options[index]) return;
  const { answer } = options[index];
  dialog.close();
  decided(answer);
}

heard.addEventListener("input", list);
heard.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !options.length) return;
  event.preventDefault();
  active = (active + step + options.length) % options.length;
  mark();
});
dialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  choose(active);
});
document.getElementById("words-cancel").addEventListener("click", () => dialog.close());
