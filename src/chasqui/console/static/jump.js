// Ctrl-K: fills a dialog with pages and resources by name, favourites and what was seen lately. `console.js` opens the
// dialog, and fetches this when it does so for the first time. Names are shown as text.
const dialog = document.getElementById("jump");
const input = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const count = dialog.querySelector("p");
// What `console.js` keeps, and how it words places.
let shelves = null;
let asked = 0, timer = 0, request = null;
// Enter that comes before what was typed has been found waits for it; an arrow key says that what is shown is meant.
let stale = false, entered = false;

function options() {
  return [...list.querySelectorAll("[role=option]")];
}

function choose(option) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === option));
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

function group(name, entries) {
  if (!entries.length) return [];
  const place = document.createElement("div"), title = document.createElement("div");
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", name);
  title.setAttribute("role", "presentation");
  title.textContent = name;
  place.append(title);
  for (const each of entries) {
    const option = document.createElement("div"), text = document.createElement("span"), where = document.createElement("small");
    option.setAttribute("role", "option");
    option.dataset.address = each.address;
    text.textContent = each.name;
    where.textContent = each.note ?? shelves.where(each);
    option.append(text, where);
    place.append(option);
  }
  return [place];
}

function fill(groups, note) {
  list.replaceChildren(...groups);
  options().forEach((option, at) => { option.id = `jump-${at}`; });
  choose(options()[0]);
  count.textContent = note;
  if (entered && !stale) go(options()[0]);
  if (!stale) entered = false;
}

function matching(entries, text) {
  const wanted = text.toLocaleLowerCase();
  return entries.filter((each) => each.name.toLocaleLowerCase().includes(wanted));
}

function known(text) {
  const favourites = matching(shelves.kept("favourites"), text);
  const recent = matching(shelves.kept("recent"), text).filter((each) => !favourites.some((other) => other.address === each.address));
  const { favourites: stars, recent: lately } = list.dataset;
  return { groups: [...group(stars, favourites.slice(0, 10)), ...group(lately, recent)], seen: new Set([...favourites, ...recent].map((each) => each.address)) };
}

/** What the server finds: groups of pages and resources, as JSON that becomes text. */
async function look() {
  const text = input.value.trim(), turn = ++asked;
  request?.abort();
  request = new AbortController();
  const mine = known(text);
  try {
    const answer = await fetch(`${document.body.dataset.console}/jump?q=${encodeURIComponent(text)}`, {
      headers: { "hx-request": "true" }, signal: request.signal,
    });
    if (answer.status === 401) return location.reload();
    const found = await answer.json();
    if (turn !== asked) return;
    stale = input.value.trim() !== text;
    const groups = found.groups.flatMap((each) => group(each.name, each.entries.filter((entry) => !mine.seen.has(entry.address))));
    fill([...mine.groups, ...groups], `${found.note} ${count.dataset.keys}`);
  } catch (error) {
    if (error.name === "AbortError" || turn !== asked) return;
    stale = entered = false;
    fill(mine.groups, document.getElementById("told").dataset.lost);
  }
}

/** The dialog has been opened. Something may have been typed meanwhile, and Enter pressed. */
export function fillIn(given, enter) {
  shelves = given;
  stale = input.value !== "";
  entered = enter;
  fill(known(input.value.trim()).groups, count.dataset.keys);
  look();
}

function go(option) {
  if (!option) return;
  dialog.close();
  location.assign(option.dataset.address);
}

input.addEventListener("input", () => {
  stale = true;
  entered = false;
  clearTimeout(timer);
  timer = setTimeout(look, 120);
});
input.addEventListener("keydown", (event) => {
  const all = options(), at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const next = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, PageDown: Math.min(at + 8, all.length - 1), PageUp: Math.max(at - 8, 0) }[event.key];
  if (next !== undefined && all.length) { event.preventDefault(); stale = false; choose(all[next]); }
  else if (event.key === "Enter") {
    event.preventDefault();
    if (stale) entered = true;
    else go(all[at]);
  }
});
list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
