// Pages of messages: rows of attributes, ticks, stopping a poll, and the countdown until a hidden message is back.
const language = document.documentElement.lang;
const ROWS_MAX = 10;
const LETTERS_MAX = 500;

// ---------------------------------------------------------------------------------------------------------- countdowns

const units = [["hour", 3600], ["minute", 60], ["second", 1]].map(([unit, size]) => [
  size, new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }),
]);
const stamp = document.querySelector("[data-now]");
// The server's clock counts, not the browser's.
const skew = stamp ? Date.now() - Number(stamp.dataset.now) : 0;

function span(seconds) {
  const words = [];
  for (const [size, form] of units) {
    if (seconds >= size || (size === 1 && !words.length)) { words.push(form.format(Math.floor(seconds / size))); seconds %= size; }
  }
  return words.slice(0, 2).join(" ");
}

function count() {
  for (const place of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((Number(place.dataset.until) - (Date.now() - skew)) / 1000);
    const text = left > 0 ? `(${span(left)})` : `(${place.dataset.over})`;
    const out = place.querySelector("b");
    if (out && out.textContent !== text) out.textContent = text;
    place.classList.toggle("over", left <= 0);
  }
}

count();
setInterval(() => { if (!document.hidden) count(); }, 500);

// --------------------------------------------------------------------------------------------------- what was received

const received = document.getElementById("received");

/** A message that came twice is shown once, with its newest receipt. */
function tidy() {
  const seen = new Set();
  for (const row of [...received.children].reverse()) {
    if (seen.has(row.dataset.message) || seen.size >= LETTERS_MAX) row.remove();
    seen.add(row.dataset.message);
  }
  count();
  reflect();
}

const all = document.querySelector("[data-ticks-all]");

function boxes() {
  return [...received.querySelectorAll("input[name=tick]")];
}

function reflect() {
  const ticks = boxes();
  const on = ticks.filter((each) => each.checked).length;
  const box = all.querySelector("input");
  box.checked = on > 0 && on === ticks.length;
  box.indeterminate = on > 0 && on < ticks.length;
}

if (received) {
  all.hidden = false;
  all.addEventListener("change", (event) => { for (const each of boxes()) each.checked = event.target.checked; });
  received.addEventListener("change", reflect);
  new MutationObserver(tidy).observe(received, { childList: true });
}

// ----------------------------------------------------------------------------------------------------------- the poll

const poll = document.getElementById("poll");
const stop = document.querySelector("[data-stops]");
const progress = document.getElementById("progress");

if (poll) {
  poll.addEventListener("htmx:before:request", (event) => { if (event.target === poll) stop.hidden = false; });
  poll.addEventListener("htmx:finally:request", (event) => { if (event.target === poll) ended(); });
  stop.addEventListener("click", () => { window.htmx.trigger(poll, "htmx:abort"); ended(); });
}

function ended() {
  const begin = poll.querySelector("button.main");
  begin.disabled = false;
  if (document.activeElement === stop) begin.focus();
  stop.hidden = true;
  progress.querySelector("progress")?.remove();
}

// ------------------------------------------------------------------------------------------------------ attribute rows

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-adds-row]");
  if (!button) return;
  event.preventDefault();
  const rows = document.getElementById("attribute-rows");
  const row = rows.lastElementChild.cloneNode(true);
  for (const input of row.querySelectorAll("input")) input.value = input.name === "type" ? "String" : "";
  rows.append(row);
  button.disabled = rows.children.length >= ROWS_MAX;
  row.querySelector("input").focus();
});
