// How is one clip drawn and played? The page shows the window that the model heard.

const SVG_HEIGHT = 2;
const element = (id) => document.getElementById(id);
const player = element("player");
const sight = element("sight");
const nearest = element("nearest");

export function showNoClip(sentence) {
  showWhy(null);
  player.removeAttribute("src");
  player.load();
  sight.hidden = true;
  element("empty").hidden = false;
  element("empty").textContent = sentence;
}

export function showClip(clip, word) {
  const address = `clips/${encodeURIComponent(clip.id)}`;
  element("path").textContent = clip.path;
  element("speaker-part").hidden = !clip.speaker;
  element("speaker").textContent = clip.speaker;
  element("notes").textContent = clip.notes.length ? `· ${clip.notes.join(" · ")}` : "";
  element("level").textContent = clip.problem ? "–" : `${number(clip.level, 1)} dB`;
  if (clip.problem) {
    showNoClip(clip.problem);
    return;
  }
  showWhy(clip.why);
  element("empty").hidden = true;
  sight.hidden = false;
  draw(clip.peaks);
  element("wave").setAttribute("aria-label", `Waveform of one clip of ${word}`);
  element("spectrogram").alt = `Spectrogram of one clip of ${word}`;
  element("spectrogram").src = `${address}/spectrogram`;
  element("heat-map").hidden = !clip.has_heat_map;
  if (clip.has_heat_map) element("heat-map").src = `${address}/heat_map`;
  player.src = `${address}/audio`;
  place(0);
}

// Why the run lists the clip, and the target clip to hear beside it.
function showWhy(why) {
  nearest.removeAttribute("src");
  nearest.load();
  element("why").hidden = !why;
  if (!why) return;
  element("reason").textContent = why.reason;
  element("evidence").textContent = why.evidence;
  element("compare").hidden = !why.nearest;
  element("compare").title = why.nearest_path;
  if (why.nearest) nearest.src = `clips/${encodeURIComponent(why.nearest)}/audio`;
}

export function playNearest() {
  if (!nearest.hasAttribute("src")) return;
  player.pause();
  nearest.currentTime = 0;
  nearest.play().catch(() => {});
}

export function playOrPause() {
  if (sight.hidden) return;
  if (player.paused) playFrom(0);
  else player.pause();
}

export function playFrom(share) {
  if (sight.hidden) return;
  nearest.pause();
  player.currentTime = share * (player.duration || 0);
  // A browser may hold sound back until the first key or click; the play button is there for that.
  player.play().catch(() => {});
}

export function number(value, digits) {
  if (value === null || value === undefined) return "–";
  return value.toFixed(digits).replace("-", "\u2212");
}

function draw(peaks) {
  const upper = peaks.map(([, high], column) => `${column} ${(1 - high).toFixed(3)}`);
  const lower = peaks.map(([low], column) => `${column} ${(1 - low).toFixed(3)}`).reverse();
  const wave = element("wave");
  wave.setAttribute("viewBox", `0 0 ${Math.max(1, peaks.length - 1)} ${SVG_HEIGHT}`);
  wave.querySelector("path").setAttribute("d", `M${[...upper, ...lower].join("L")}Z`);
}

function place(share) {
  element("playhead").style.transform = `translateX(${share * sight.clientWidth}px)`;
}

function follow() {
  place(player.duration ? player.currentTime / player.duration : 0);
  if (!player.paused) requestAnimationFrame(follow);
}

player.addEventListener("play", () => {
  sight.classList.add("is-playing");
  element("play").firstChild.textContent = "Pause ";
  follow();
});
for (const end of ["pause", "ended", "emptied"]) {
  player.addEventListener(end, () => {
    sight.classList.remove("is-playing");
    element("play").firstChild.textContent = "Play ";
  });
}
nearest.addEventListener("play", () => element("compare").classList.add("is-playing"));
for (const end of ["pause", "ended", "emptied"]) {
  nearest.addEventListener(end, () => element("compare").classList.remove("is-playing"));
}
element("compare").addEventListener("click", playNearest);
sight.addEventListener("click", (event) => {
  const bounds = sight.getBoundingClientRect();
  playFrom(Math.min(1, Math.max(0, (event.clientX - bounds.left) / bounds.width)));
});
