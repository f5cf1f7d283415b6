// Plots of a queue's figures. The table "now" is what the server changes; each change is a sample. Samples of the last
// 15 minutes are kept, and no more of them than fit: a page may stay open for days.
const KEPT_MAX = 900;
const KEPT_MS = 15 * 60 * 1000;
const LISTED_MAX = 60;
const COLOURS = ["--plot-1", "--plot-2", "--plot-3", "--plot-4"];
const DASHES = [[], [8, 4], [2, 3], []];

const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const short = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });

const figures = document.getElementById("figures");
const part = document.getElementById("samples-part");
const cursor = document.getElementById("cursor");
const output = document.getElementById("at-cursor");
const listed = document.getElementById("samples");
const columns = [...listed.querySelectorAll("[data-column]")].map((each) => each.dataset.column);
const names = new Map([...listed.querySelectorAll("[data-column]")].map((each) => [each.dataset.column, each.textContent]));

/** The samples: times in ms, and for each series its values, null for those that are not known. */
export const kept = { at: [], values: new Map(columns.map((key) => [key, []])) };

/** Adds a sample, `values` by series; what is too old or too much goes. */
export function add(at, values) {
  if (kept.at.length && at <= kept.at.at(-1)) return;
  const follows = cursor.valueAsNumber >= kept.at.length - 1;
  kept.at.push(at);
  for (const [key, list] of kept.values) list.push(values[key] ?? null);
  let gone = 0;
  while (kept.at.length - gone > KEPT_MAX || kept.at[gone] < at - KEPT_MS) gone += 1;
  if (gone) {
    kept.at.splice(0, gone);
    for (const list of kept.values.values()) list.splice(0, gone);
  }
  cursor.max = kept.at.length - 1;
  cursor.value = follows ? kept.at.length - 1 : Math.max(0, cursor.valueAsNumber - gone);
  draw();
}

// --------------------------------------------------------------------------------------------------------------- plots

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(values, size) {
  return {
    values, size, stroke: () => colour("--dim"),
    grid: { stroke: () => colour("--line"), width: 1 }, ticks: { stroke: () => colour("--line"), width: 1 },
  };
}

class Plot {
  constructor(figure) {
    this.keys = figure.dataset.plot.trim().split(" ");
    this.place = figure.querySelector(".plot-place");
    const lines = this.keys.map((key, at) => ({
      label: names.get(key), stroke: () => colour(COLOURS[this.keys.length === 1 ? 3 : at]), dash: DASHES[at], width: 2,
      points: { show: false },
    }));
    this.plot = new window.uPlot({
      width: this.width(), height: 180, legend: { show: false }, series: [{}, ...lines],
      scales: {
        x: { time: true, range: (_, low, high) => [Math.min(low ?? 0, (high ?? 0) - 60), high ?? 1] },
        y: { range: (_, low, high) => [0, Math.max(1, (high ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis((_, ticks) => ticks.map((each) => short.format(each * 1000)), 30), space: 90 },
        axis((_, ticks) => ticks.map((each) => compact.format(each)), 55),
      ],
      cursor: { drag: { x: false, y: false }, y: false },
      hooks: { setCursor: [(plot) => { if (plot.cursor.event && plot.cursor.idx != null) point(plot.cursor.idx, plot); }] },
    }, this.data(), this.place);
    new ResizeObserver(() => this.plot.setSize({ width: this.width(), height: 180 })).observe(this.place);
  }

  width() {
    return Math.max(200, this.place.clientWidth);
  }

  data() {
    return [kept.at.map((each) => each / 1000), ...this.keys.map((key) => kept.values.get(key))];
  }

  draw() {
    this.plot.setData(this.data());
  }
}

const plots = [];
let drawn = 0;

/** Draws what there is, once a frame. */
function draw() {
  if (drawn) return;
  drawn = requestAnimationFrame(() => {
    drawn = 0;
    for (const each of plots) each.draw();
    if (listed.open) list();
    tell(cursor.valueAsNumber);
  });
}

// ------------------------------------------------------------------------------------------------- values, by keyboard

function tell(at) {
  if (!(at in kept.at)) return;
  const values = columns.map((key) => `${names.get(key)} ${words(kept.values.get(key)[at])}`);
  output.textContent = `${clock.format(kept.at[at])} – ${values.join(" · ")}`;
  cursor.setAttribute("aria-valuetext", output.textContent);
}

function words(value) {
  return value === null ? "–" : number.format(value);
}

/** Shows one sample in all plots. */
function point(at, but) {
  cursor.value = at;
  tell(at);
  for (const { plot } of plots) {
    if (plot !== but) plot.setCursor({ left: plot.valToPos(kept.at[at] / 1000, "x"), top: 10 });
  }
}

cursor.addEventListener("input", () => point(cursor.valueAsNumber));

function list() {
  const body = listed.querySelector("tbody");
  const rows = [];
  for (let at = kept.at.length - 1; at >= Math.max(0, kept.at.length - LISTED_MAX); at -= 1) {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = clock.format(kept.at[at]);
    row.append(head, ...columns.map((key) => {
      const cell = document.createElement("td");
      cell.className = "number";
      cell.textContent = words(kept.values.get(key)[at]);
      return cell;
    }));
    rows.push(row);
  }
  body.replaceChildren(...rows);
}

listed.addEventListener("toggle", () => { if (listed.open) list(); });

// -------------------------------------------------------------------------------------------------------------- begin

function read() {
  const table = figures.querySelector("#now");
  if (!table) return;
  const values = {};
  for (const cell of table.querySelectorAll("[data-series]")) {
    values[cell.dataset.series] = cell.dataset.value === "" ? null : Number(cell.dataset.value);
  }
  add(Number(table.dataset.at), values);
}

part.hidden = false;
for (const figure of document.querySelectorAll("[data-plot]")) plots.push(new Plot(figure));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const { plot } of plots) plot.redraw(); });
new MutationObserver(read).observe(figures, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-at"] });
read();
