// How is a sound drawn: waveform, spectrogram, map, axes in seconds and kHz, a part of it enlarged?
// Seconds count from the start of the clip. A window [from, to] of it is in view.

const SVG_HEIGHT = 2;
const N_TICKS = 8;
const LEAST_WINDOW = 0.02; // seconds
const SETTLE = 120; // ms: pictures of a window are asked for when it has come to rest
const element = (id) => document.getElementById(id);

export function number(value, digits) {
  if (value === null || value === undefined) return "\u2013";
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "\u2212");
}

export class View {
  // prefix: of the ids of its elements; what it lacks is not drawn.
  constructor(prefix) {
    const own = (name) => element(`${prefix}${name}`);
    this.sight = own("sight");
    this.wave = own("wave");
    this.spectrogram = own("spectrogram");
    this.map = own("heat-map");
    this.playhead = own("playhead");
    this.seconds = own("seconds");
    this.hertz = own("hertz");
    this.mapHertz = own("map-hertz");
    this.chosen = own("selection");
    this.clip = null;
    this.settling = 0;
  }

  // clip: {id, duration, peaks, marks, map_marks, has_heat_map}
  show(clip) {
    this.clip = clip;
    this.from = 0;
    this.to = clip.duration;
    this.selection = null;
    this.address = `clips/${encodeURIComponent(clip.id)}`;
    if (this.map) {
      this.map.hidden = this.mapHertz.hidden = !clip.has_heat_map;
      if (clip.has_heat_map) this.map.src = `${this.address}/heat_map`;
      marks(this.mapHertz, clip.map_marks.length ? clip.map_marks : [[0.08, "low"], [0.92, "high"]]);
    }
    marks(this.hertz, clip.marks);
    this.drawPeaks(clip.peaks);
    this.spectrogram.src = `${this.address}/spectrogram`;
    this.arrange();
    this.place(0);
  }

  get isWhole() {
    return !this.clip || this.to - this.from > this.clip.duration - 1e-6;
  }

  // Bring a part into view.
  zoomTo(from, to) {
    if (!this.clip) return;
    const { duration } = this.clip;
    const length = Math.min(duration, Math.max(LEAST_WINDOW, to - from));
    this.from = Math.min(Math.max(0, from), duration - length);
    this.to = this.from + length;
    this.arrange();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.fetchPart(this.clip), SETTLE);
  }

  async fetchPart(clip) {
    const part = this.isWhole ? "" : `?start=${this.from.toFixed(4)}&end=${this.to.toFixed(4)}`;
    this.spectrogram.src = `${this.address}/spectrogram${part}`;
    if (!this.wave) return;
    const answer = await fetch(`api/${this.address}/peaks${part}`).catch(() => null);
    const peaks = answer?.ok ? await answer.json() : null;
    if (peaks && this.clip === clip) this.drawPeaks(peaks);
  }

  arrange() {
    const { duration } = this.clip;
    const share = duration / (this.to - this.from);
    if (this.map) {
      this.map.style.width = `${100 * share}%`;
      this.map.style.marginLeft = `${(-100 * this.from) / (this.to - this.from)}%`;
    }
    if (this.seconds) ticks(this.seconds, this.from, this.to);
    this.select(this.selection);
  }

  select(selection) {
    this.selection = selection;
    if (!this.chosen) return;
    this.chosen.hidden = !selection;
    if (!selection) return;
    const [left, right] = selection.map((at) => Math.min(1, Math.max(0, this.share(at))));
    this.chosen.style.left = `${100 * left}%`;
    this.chosen.style.width = `${100 * (right - left)}%`;
  }

  share(seconds) {
    return (seconds - this.from) / (this.to - this.from);
  }

  // The second under a place on the screen.
  secondAt(clientX) {
    const bounds = this.sight.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - bounds.left) / bounds.width));
    return this.from + share * (this.to - this.from);
  }

  place(seconds) {
    const share = this.share(seconds);
    this.playhead.hidden = share < 0 || share > 1;
    this.playhead.style.transform = `translateX(${share * this.sight.clientWidth}px)`;
  }

  drawPeaks(peaks) {
    if (!this.wave) return;
    const upper = peaks.map(([, high], column) => `${column} ${(1 - high).toFixed(3)}`);
    const lower = peaks.map(([low], column) => `${column} ${(1 - low).toFixed(3)}`).reverse();
    this.wave.setAttribute("viewBox", `0 0 ${Math.max(1, peaks.length - 1)} ${SVG_HEIGHT}`);
    this.wave.querySelector("path").setAttribute("d", `M${[...upper, ...lower].join("L")}Z`);
  }
}

function marks(axis, places) {
  axis.replaceChildren(
    ...places.map(([height, text]) => {
      const mark = document.createElement("span");
      mark.textContent = text;
      mark.style.bottom = `${100 * height}%`;
      return mark;
    }),
  );
}

function ticks(axis, from, to) {
  const rough = (to - from) / N_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let at = Math.ceil(from / step - 1e-9) * step; at <= to + 1e-9; at += step) {
    const mark = document.createElement("span");
    mark.textContent = `${at.toFixed(digits)}`;
    mark.style.left = `${(100 * (at - from)) / (to - from)}%`;
    found.push(mark);
  }
  axis.replaceChildren(...found);
}
