// Tables: each heading becomes a button; missing values stay last in both directions.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  const buttons = headings.map((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, headings, column));
    button.tabIndex = column ? -1 : 0;
    return button;
  });
  // A table is one stop of the tab key; arrows go from heading to heading.
  table.tHead.addEventListener("keydown", (event) => {
    const shown = buttons.filter((button) => button.offsetParent);
    const at = shown.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (at < 0 || !shown[to]) return;
    event.preventDefault();
    event.stopPropagation();
    shown[at].tabIndex = -1;
    shown[to].tabIndex = 0;
    shown[to].focus();
  });
}

function sortBy(table, headings, column) {
  const heading = headings[column];
  const isText = heading.dataset.sort === "text";
  const before = heading.getAttribute("aria-sort");
  const ascending = before ? before === "descending" : isText;
  const value = (row) => row.cells[column].dataset.value;
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = isText ? a.localeCompare(b) : Number(a) - Number(b);
    return ascending ? order : -order;
  });
  table.tBodies[0].append(...rows);
  for (const each of headings) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
}
