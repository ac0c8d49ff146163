// Who judges? A name for this tab, remembered for the next one: two tabs can be two people.

const element = (id) => document.getElementById(id);
let decided = async () => {};
let isKnown = () => false;

export const remembered = () => sessionStorage.getItem("reviewer") ?? localStorage.getItem("reviewer") ?? "";

export function askWho(names, current, then) {
  decided = then;
  isKnown = () => Boolean(current);
  element("name").value = current;
  element("who-problem").textContent = "";
  element("known").replaceChildren(
    ...names.map((name) => {
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
  try {
    await decided(name);
    for (const storage of [sessionStorage, localStorage]) storage.setItem("reviewer", name);
    element("who").close();
  } catch (error) {
    element("who-problem").textContent = error.message;
  }
}

element("who").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  called(element("name").value.trim());
});
element("who").addEventListener("cancel", (event) => isKnown() || event.preventDefault());
