// What every page does beyond its HTML: times in the reader's words, choices that apply at once, copying, focus that is
// not lost, live data that can be paused. Whatever comes from the server is text here, never markup.

// ------------------------------------------------------------------------------------------------------------- times

const worded = new WeakMap();
let moment = null;

/** Words the moments of a page anew where they have changed. A page that has none does without the browser's calendars. */
function word() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    if (worded.get(time) === time.dateTime + time.textContent) continue;
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.dateTime;
    moment ??= new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
    const text = moment.format(at);
    if (time.textContent !== text) time.textContent = text;
    worded.set(time, time.dateTime + text);
  }
}

word();
new MutationObserver(word).observe(document.body, {
  childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["datetime"],
});

// ------------------------------------------------------------------------------------------------------ announcements

const told = document.getElementById("told");
const said = document.getElementById("said");

/** Says something to who listens to the page. */
function say(text) {
  said.textContent = "";
  setTimeout(() => { said.textContent = text; }, 50);
}

/** Shows a problem where messages stand. */
function complain(text) {
  const alert = document.createElement("p");
  alert.className = "alert failed complaint";
  alert.setAttribute("role", "alert");
  alert.textContent = text;
  told.replaceChildren(alert);
}

// What is there when a page comes is not announced by screen readers; what is put there afterwards is.
if (told.firstElementChild) {
  const nodes = [...told.childNodes];
  told.style.minHeight = `${told.offsetHeight}px`;
  told.replaceChildren();
  setTimeout(() => { told.append(...nodes); told.style.minHeight = ""; }, 30);
}

// Where menus and tabs are too long for the screen, what is shown is brought into sight: as the page is laid out, not
// before all scripts have run.
requestAnimationFrame(() => {
  for (const entry of document.querySelectorAll(".menu [aria-current], .tabs [aria-current]")) {
    const row = entry.closest("nav");
    row.scrollLeft += entry.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - entry.offsetWidth) / 2;
  }
});

// ------------------------------------------------------------------------------------------------------------- forms

// A list that applies at once waits for Enter, or for its being left, while somebody walks through it by keyboard.
document.addEventListener("keydown", (event) => {
  const list = event.target;
  if (!list.matches?.("select[data-submits]")) return;
  if (event.key === "Enter" && list.dataset.walked) { event.preventDefault(); list.form.requestSubmit(); }
  else if (event.key !== "Tab") list.dataset.walked = "1";
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]") && !event.target.dataset.walked) event.target.form.requestSubmit();
});
document.addEventListener("focusout", (event) => {
  const list = event.target;
  if (!list.matches?.("select[data-submits]") || !list.dataset.walked) return;
  delete list.dataset.walked;
  if (![...list.options].every((option) => option.selected === option.defaultSelected)) list.form.requestSubmit();
});

// A form is sent once, however often its button is pressed; one whose answer is a file (data-downloads) leaves the page.
document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (event.defaultPrevented || form.method !== "post" || (button ?? form).closest("[data-downloads]")) return;
  if (form.ariaBusy) { event.preventDefault(); return; }
  form.ariaBusy = "true";
  if (button) button.ariaBusy = "true";
});

/** Forms can be sent again: their page is back, or its reader waits no longer. */
function idle() {
  for (const each of document.querySelectorAll("form[aria-busy], button[aria-busy]")) each.ariaBusy = null;
}

window.addEventListener("pageshow", idle);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") idle(); });

/** The buttons that what htmx asks was asked by. Enter presses a form's first button, which may be a hidden one. */
function pressed({ sourceElement }) {
  if (sourceElement.matches?.("form")) return sourceElement.querySelectorAll("button.main");
  return sourceElement.matches?.("button") ? [sourceElement] : [];
}

document.addEventListener("htmx:before:request", (event) => { for (const each of pressed(event.detail.ctx)) each.ariaBusy = "true"; });
document.addEventListener("htmx:finally:request", (event) => { for (const each of pressed(event.detail.ctx)) each.ariaBusy = null; });

// What a search has found while it was typed is what its address says, for the way back and for loading it again.
document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement?.closest?.("form[role=search]")) history.replaceState(history.state, "", request.action);
});

// A page that a form was answered with has an address of its own: loading it again sends nothing.
if (document.body.dataset.at) history.replaceState(history.state, "", document.body.dataset.at);

// A word that has to be typed; the server looks at it too.
document.addEventListener("input", (event) => {
  const word = event.target.dataset?.word;
  if (word === undefined) return;
  const label = event.target.labels?.[0]?.textContent.trim() ?? "";
  event.target.setCustomValidity(event.target.value === word ? "" : label);
});

// A menu closes when it is left, and by Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-closes][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details[data-closes][open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-closes][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// ------------------------------------------------------------------------------------------------------------ copying

/** Puts a text on the clipboard; without permission it is marked, to be copied by hand. */
async function copy(source) {
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return false;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  const source = button?.parentElement.querySelector("code, textarea, input");
  if (!source || !(await copy(source))) return;
  button.dataset.copied = "";
  say(said.dataset.copied);
  setTimeout(() => delete button.dataset.copied, 1500);
});

// ---------------------------------------------------------------------------------------------------- focus and losses

let focused = null;

document.addEventListener("htmx:before:swap", () => {
  const element = document.activeElement;
  focused = element && element !== document.body ? { element, id: element.id } : null;
});
document.addEventListener("htmx:after:swap", (event) => {
  if (!focused || focused.element.isConnected || document.activeElement !== document.body) return;
  const place = event.detail?.ctx?.target;
  const next = (focused.id && document.getElementById(focused.id)) || place?.querySelector?.("[autofocus], [data-focus]") || place;
  focused = null;
  if (!next?.focus) return;
  if (!next.matches("a, button, input, select, textarea, summary, [tabindex]")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
});
document.addEventListener("htmx:error", (event) => {
  if (!event.target.closest?.("[data-live]")) complain(told.dataset.lost);
});
document.addEventListener("htmx:after:swap", () => { told.querySelector(".complaint")?.remove(); });

// A stream that is laid anew after its visitor was signed out.
document.addEventListener("htmx:sse:error", (event) => { if (event.detail.status === 401) location.reload(); });

// ---------------------------------------------------------------------------------------------------------- live data

/** A page's live data (`ui.live`): a wire that is cut and laid anew. */
class Live {
  constructor(place) {
    this.place = place;
    this.state = "waiting";
    this.wire = null;
    this.connection = null;
    this.retry = 0;
    place.addEventListener("htmx:sse:after:connection", (event) => { this.connection = event.detail.connection; this.show("live"); });
    place.addEventListener("htmx:sse:error", (event) => this.lost(event.detail.status));
    place.addEventListener("htmx:error", () => this.again());
    place.addEventListener("htmx:response:error", (event) => this.again(event.detail.ctx.response.status));
    place.addEventListener("click", (event) => { if (event.target.closest("button")) ["paused", "over"].includes(this.state) ? this.lay() : this.pause(); });
    this.lay();
  }

  show(state) {
    const { place } = this;
    this.state = place.dataset.state = state;
    place.hidden = false;
    for (const [part, text] of [[".live-said", place.dataset[`${state}Text`]], ["button", state === "paused" || state === "over" ? place.dataset.resume : place.dataset.pause]]) {
      const element = place.querySelector(part);
      if (element.textContent !== text) element.textContent = text;
    }
  }

  lay() {
    if (!this.place.isConnected) return;
    this.cut();
    this.show("waiting");
    this.wire = document.createElement("span");
    this.wire.hidden = true;
    this.wire.setAttribute("hx-sse:connect", this.place.dataset.live);
    this.wire.setAttribute("hx-swap", "none");
    this.place.append(this.wire);
    window.htmx.process(this.wire);
  }

  cut() {
    clearTimeout(this.retry);
    this.retry = 0;
    this.wire?.remove();
    this.connection?.reader?.cancel();
    this.connection?.abortController?.abort();
    this.wire = this.connection = null;
  }

  pause() {
    this.cut();
    this.show("paused");
  }

  /** The stream has broken off; htmx lays it anew, unless the server refuses: what it showed has gone, or is not for
   * this visitor any more. */
  lost(status) {
    if (status === 401 || !this.wire) return;
    if (!REFUSED(status)) return this.show("lost");
    this.cut();
    this.show("over");
    complain(this.place.dataset.gone);
  }

  /** It could not even begin. */
  again(status) {
    if (!this.wire) return;
    this.lost(status);
    if (this.state === "over") return;
    this.cut();
    this.retry = setTimeout(() => this.lay(), 3000);
  }

  /** A swap has put the page's own HTML over it. */
  mend() {
    if (!this.wire ? ["live", "lost", "waiting"].includes(this.state) && !this.retry : !this.place.contains(this.wire)) this.lay();
    else if (this.place.hidden || this.place.dataset.state !== this.state) this.show(this.state);
  }
}

/** Whether the server's answer to a stream will be the same next time: not when there are too many of them. */
const REFUSED = (status) => status >= 400 && status < 500 && status !== 429;

const lives = new WeakMap();
let away = false;

/** Lays the wires of live data that have come with the page, or with a piece of it. */
function enliven() {
  if (away) return;
  for (const place of document.querySelectorAll("[data-live]")) {
    if (lives.has(place)) lives.get(place).mend();
    else lives.set(place, new Live(place));
  }
}

// A page that is kept for the way back has no wire, and gets one when it is shown again.
window.addEventListener("pagehide", () => {
  away = true;
  for (const place of document.querySelectorAll("[data-live]")) lives.get(place)?.cut();
});
window.addEventListener("pageshow", () => { if (away) { away = false; enliven(); } });

enliven();
new MutationObserver(enliven).observe(document.getElementById("content"), { childList: true, subtree: true });

// One more row of a form, like the last one and empty: [data-adds] within [data-rows].
document.addEventListener("click", (event) => {
  const rows = event.target.closest("[data-adds]")?.closest("[data-rows]").querySelectorAll("[data-row]");
  if (!rows) return;
  const row = rows[rows.length - 1].cloneNode(true);
  const numbered = (text) => text.replace(/\d+\s*$/, `${rows.length + 1} `);
  for (const label of row.querySelectorAll("label")) label.firstChild.textContent = numbered(label.firstChild.textContent);
  for (const field of row.querySelectorAll("input, textarea")) {
    field.value = "";
    if (field.ariaLabel) field.ariaLabel = numbered(field.ariaLabel).trim();
  }
  rows[rows.length - 1].after(row);
  row.querySelector("input").focus();
});

// -------------------------------------------------------------------------------- favourites, and what was seen lately

// Both are kept by the browser for each account, as addresses below the console and names; names are shown as text.
const root = document.body.dataset.console.replace(/\/[^/]*$/, "");
const account = document.body.dataset.account;
const RECENT = 8, FAVOURITES = 100;

/** A list in the browser's storage: [{address, name, section}]; what is damaged is empty. */
function kept(kind) {
  try {
    const found = JSON.parse(localStorage.getItem(`chasqui-${kind}-${account}`) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each?.name === "string" && String(each.address).startsWith(`${root}/`)) : [];
  } catch {
    return [];
  }
}

function keep(kind, list) {
  try {
    localStorage.setItem(`chasqui-${kind}-${account}`, JSON.stringify(list));
  } catch { /* a browser that keeps nothing */ }
}

/** The menu's word for a section. */
function sectionName(section) {
  return document.querySelector(`.menu a[href$="/${CSS.escape(section)}"]`)?.textContent.trim() ?? "";
}

/** What stands beside a place's name: its section and region. */
function where({ section, address }) {
  return `${sectionName(section)} · ${address.slice(root.length + 1).split("/")[0]}`;
}

const star = document.querySelector("[data-stars]");
if (star) {
  const here = { address: star.dataset.stars, name: star.dataset.name, section: star.dataset.section };
  const show = () => star.setAttribute("aria-pressed", String(kept("favourites").some((each) => each.address === here.address)));
  star.hidden = false;
  show();
  star.addEventListener("click", () => {
    const others = kept("favourites").filter((each) => each.address !== here.address);
    const on = star.getAttribute("aria-pressed") === "true";
    keep("favourites", on ? others : [here, ...others].slice(0, FAVOURITES));
    show();
  });
  keep("recent", [here, ...kept("recent").filter((each) => each.address !== here.address)].slice(0, RECENT));
}

const shelf = document.querySelector("[data-favourite-list]");
if (shelf) {
  const favourites = kept("favourites");
  for (const each of favourites) {
    const item = document.createElement("li"), link = document.createElement("a"), note = document.createElement("span");
    link.href = each.address;
    link.textContent = each.name;
    note.className = "dim";
    note.textContent = ` ${where(each)}`;
    item.append(link, note);
    shelf.append(item);
  }
  if (favourites.length) document.querySelector("[data-favourite-none]")?.remove();
}

// ------------------------------------------------------------------------------------ what is fetched when it is needed

const dialog = document.getElementById("jump");

/** Opens Ctrl-K's dialog. It is there at once and takes what is typed, while what fills it comes. */
async function jump() {
  if (dialog.open) return;
  const field = dialog.querySelector("input");
  let entered = false;
  const enter = (event) => { if (event.key === "Enter") { event.preventDefault(); entered = true; } };
  field.value = "";
  field.addEventListener("keydown", enter);
  dialog.showModal();
  field.focus();
  try {
    const { fillIn } = await import(dialog.dataset.script);
    if (dialog.open) fillIn({ kept, where }, entered);
  } catch {
    dialog.querySelector("p").textContent = told.dataset.lost;
  }
  field.removeEventListener("keydown", enter);
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      jump();
    }
  });
  for (const button of document.querySelectorAll("[data-jumps]")) {
    button.hidden = false;
    button.addEventListener("click", jump);
  }
}

// A tour that goes on over this page.
try {
  if (sessionStorage.getItem("chasqui-tour")) import(document.documentElement.dataset.tour).catch(() => complain(told.dataset.lost));
} catch { /* a browser that keeps nothing */ }

// What was typed into a form is not lost with its page.
if (document.querySelector("#content form[method=post], [data-keeps]")) import(document.documentElement.dataset.typed).catch(() => {});
