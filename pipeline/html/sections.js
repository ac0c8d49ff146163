// Links to the sections: the one that is read is marked, and in sight where the row is too long.
const sections = document.querySelector("nav.sections");
if (sections) {
  const linked = new Map([...sections.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const parts = [...linked.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const edge = innerHeight / 3;
    const read = parts.filter((part) => part.getBoundingClientRect().top <= edge).pop();
    for (const [id, link] of linked) {
      if (read && id === read.id) {
        if (link.hasAttribute("aria-current")) continue;
        link.setAttribute("aria-current", "true");
        sections.scrollLeft = link.offsetLeft - sections.clientWidth / 2;
      } else link.removeAttribute("aria-current");
    }
  };
  let waits = false;
  addEventListener("scroll", () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      mark();
    });
  });
  mark();
}
