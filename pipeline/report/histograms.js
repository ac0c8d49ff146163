// Histograms: one other word in place of all.
const compare = document.getElementById("compare");
if (compare) {
  const label = document.querySelector("#scores .key.others");
  const all = label.textContent; // "other words", or classes, as the page was written
  const show = () => {
    for (const shape of document.querySelectorAll("#scores [data-word]")) {
      shape.classList.toggle("is-off", shape.dataset.word !== compare.value);
    }
    label.textContent = compare.value === "all" ? all : compare.selectedOptions[0].textContent;
  };
  compare.addEventListener("change", show);
  show(); // a browser may restore an earlier choice
}
