// Leads through a tour: shows where to act on the page, and remembers in this tab how far it has come. The panel is the
// first thing after the skip link, so that it is near for who uses the keyboard, and never takes the focus by itself.
const KEY = "chasqui-tour";
const LEAVING_MS = 1500;
const FILLED = ["type", "choose", "tick", "file"];
const base = document.body.dataset.console;
let tour = null;
let target = null;
let panel = null;
let shown = "";

const read = () => JSON.parse(sessionStorage.getItem(KEY) ?? "null");
const write = (state) => (state ? sessionStorage.setItem(KEY, JSON.stringify(state)) : sessionStorage.removeItem(KEY));
const now = () => tour?.steps[read()?.step];

function isHere(at) {
  const path = decodeURI(location.pathname).slice(base.length + 1).replace(/\/$/, "").split("/");
  const wanted = at.split("?")[0].split("/");
  return path.length === wanted.length && wanted.every((each, index) => each === "*" || each === path[index]);
}

function element(name, text, made = {}) {
  const found = document.createElement(name);
  found.textContent = text;
  return Object.assign(found, made);
}

// ------------------------------------------------------------------------------------------------- what is highlighted

function release() {
  target?.classList.remove("tour-target");
  target = null;
}

function isVisible(node) {
  return node.checkVisibility({ visibilityProperty: true });
}

/** How much of the way to a page an address is: more for each segment that it shares, and for having no others. */
function nearness(path, at) {
  const have = decodeURI(path).slice(base.length + 1).replace(/\/$/, "").split("/");
  const wanted = at.split("/");
  let shared = 0;
  while (shared < have.length && have[shared] === wanted[shared]) shared += 1;
  return shared * 2 + (shared && have.length === shared ? 1 : 0);
}

/** The link that leads nearest to a step's page, if any leads nearer than this page is. */
function way(at) {
  let best = null;
  let most = nearness(location.pathname, at);
  for (const link of document.querySelectorAll("main a[href], nav a[href]")) {
    if (!link.pathname.startsWith(`${base}/`) || !isVisible(link)) continue;
    const near = nearness(link.pathname, at);
    if (near > most) [best, most] = [link, near];
  }
  return best;
}

function highlight(step) {
  const here = [...document.querySelectorAll(step.target)].find(isVisible) ?? null;
  const found = isHere(step.at) ? here : way(step.at);
  if (found === target) return found;
  release();
  if (found) {
    target = found;
    found.classList.add("tour-target");
    found.scrollIntoView({ block: "center" });
  }
  return found;
}

// ------------------------------------------------------------------------------------------------------------ the panel

function controls(step, number) {
  const { words } = tour;
  const row = element("div", "", { className: "actions" });
  const add = (text, action, quiet = true) => {
    const button = element("button", text, { type: "button", className: quiet ? "quiet small" : "small" });
    button.addEventListener("click", action);
    row.append(button);
  };
  const here = step && isHere(step.at);
  // What is as it should be already needs no filling in.
  const done = here && target && step.act !== "file" && isDone(step, target);
  if (here && target && FILLED.includes(step.act) && !done) add(words.fill, () => fill(step), false);
  if (step && !here && !step.at.includes("*")) {
    row.append(element("a", words.go, { href: `${base}/${step.at}`, className: "button small" }));
  }
  if (step && target) add(words.where, () => reach(step));
  if (step) add(words.next, () => go(number + 1), step.act !== "look" && !done);
  if (number > 0) add(words.back, () => go(number - 1));
  if (!step) row.append(element("a", words.others, { href: `${base}/tours`, className: "button quiet small" }));
  add(words.end, end);
  return row;
}

function told(step, number) {
  const { words } = tour;
  const head = element("div", "", { className: "tour-head" });
  head.append(element("strong", tour.title));
  if (!step) return [head, element("p", words.done)];
  const count = words.step.replace("{number}", number + 1).replace("{count}", tour.steps.length);
  head.append(element("span", count));
  const said = [head];
  if (number === 0 && tour.again) said.push(element("p", tour.again, { className: "help" }));
  said.push(element("p", step.text));
  if (step.value && (step.act === "type" || step.act === "choose")) said.push(element("pre", step.value, { tabIndex: 0 }));
  const found = highlight(step);
  if (!isHere(step.at)) said.push(element("p", words.elsewhere, { className: "help" }));
  else if (!found) said.push(element("p", words.waiting, { className: "help" }));
  return said;
}

function open() {
  panel = element("section", "", { className: "tour" });
  panel.setAttribute("aria-label", tour.title);
  panel.setAttribute("aria-keyshortcuts", "Escape");
  panel.append(element("div", "", { className: "tour-words" }), element("div", ""));
  panel.firstChild.setAttribute("aria-live", "polite");
  document.querySelector(".skip").after(panel);
  document.body.classList.add("touring");
}

function show() {
  const state = read();
  if (!state || !tour) return;
  const step = tour.steps[state.step];
  if (!panel) open();
  const said = told(step, state.step);
  panel.dataset.step = state.step;
  panel.dataset.here = step && isHere(step.at) ? "yes" : "no";
  const made = JSON.stringify([state.step, target !== null, said.map((each) => each.textContent)]);
  if (made === shown) return;
  shown = made;
  panel.firstChild.replaceChildren(...said);
  // Who presses the panel's buttons goes on pressing the one in the same place, or the first.
  const before = panel.contains(document.activeElement) ? document.activeElement.textContent : null;
  panel.lastChild.replaceChildren(controls(step, state.step));
  if (before === null) return;
  const buttons = [...panel.lastChild.querySelectorAll("button, a")];
  (buttons.find((each) => each.textContent === before) ?? buttons[0]).focus();
}

// ------------------------------------------------------------------------------------------------------- from step to step

function go(number) {
  release();
  write({ ...read(), step: number });
  show();
}

function end() {
  release();
  write(null);
  panel?.remove();
  document.body.classList.remove("touring");
  panel = null;
  tour = null;
  shown = "";
}

/** Puts the focus on what the step is about, or on the first thing in it that takes it. */
function reach(step) {
  const places = "a, button, input, select, textarea, summary, [tabindex]";
  const found = target.matches(places) ? target : target.querySelector(places);
  if (found) found.focus();
  else { target.tabIndex = -1; target.focus(); }
  if (step.act === "type") found?.select?.();
}

function fileOf(step) {
  const transfer = new DataTransfer();
  transfer.items.add(new File([step.text], step.value, { type: "text/plain" }));
  return transfer.files;
}

function fill(step) {
  const number = read().step;
  let field = target;
  if (step.act === "tick") {
    if (!field.checked) field.click();
  } else {
    if (step.act === "file") {
      field = document.querySelector("input[type=file]:not([webkitdirectory])");
      field.files = fileOf(step);
    } else if (step.act === "choose") {
      field.value = [...field.options].find((each) => means(step, each))?.value ?? field.value;
    } else {
      field.value = step.value;
    }
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  }
  if (read()?.step === number) go(number + 1);
}

function means(step, option) {
  return option.value === step.value || option.textContent.trim() === step.value;
}

/** Whether what changed is what the step asks for. */
function isDone(step, field) {
  if (step.act === "file") return field.type === "file" && field.files.length > 0;
  if (!target?.contains(field)) return false;
  if (step.act === "type") return field.value.trim() === step.value;
  if (step.act === "choose") return means(step, field.selectedOptions[0]);
  return step.act === "tick" && field.checked;
}

/** Whether what was pressed leads to another page, or to this one anew: links, and forms that htmx does not send. */
function leaves(pressed, form) {
  const sent = "[hx-get], [hx-post]";
  if (form) return !pressed?.matches(sent) && !form.matches(sent);
  return pressed.matches("a[href]:not([download])");
}

/** A step further. What the page shows of it follows when the event that brought it is over, and not before the page has
    changed, if it is about to. */
function passed(slow = false) {
  const form = target?.closest("form");
  release();
  write({ ...read(), step: read().step + 1 });
  const next = now();
  const wait = () => (form?.matches(".htmx-request, :has(.htmx-request)") && !isHere(next?.at ?? "") ? setTimeout(wait, 200) : show());
  setTimeout(wait, slow || (next && !isHere(next.at)) ? LEAVING_MS : 0);
}

// Before the page's own listeners, and before the browser leaves: what was clicked is done, unless its form refuses to go.
document.addEventListener("click", (event) => {
  const step = now();
  if (step?.act !== "click" || !isHere(step.at) || !target?.contains(event.target)) return;
  const refused = target.type === "submit" && !target.formNoValidate && target.form && !target.form.checkValidity();
  if (!refused) passed(leaves(target, target.type === "submit" ? target.form : null));
}, true);

// Enter in a field sends its form without its button's being clicked.
document.addEventListener("submit", (event) => {
  const step = now();
  if (step?.act !== "click" || !isHere(step.at) || target?.type !== "submit" || target.form !== event.target) return;
  if ((event.submitter?.formAction ?? event.target.action) === target.formAction) passed(leaves(event.submitter, target.form));
}, true);

document.addEventListener("change", (event) => {
  const step = now();
  if (step && isHere(step.at) && isDone(step, event.target)) passed();
}, true);

document.addEventListener("drop", (event) => {
  const step = now();
  if (step?.act === "file" && isHere(step.at) && event.dataTransfer?.files.length) passed();
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-starts-tour]");
  if (button) lead(button.dataset.startsTour, 0, "", true);
});

// Escape leads back to the panel, from wherever the keyboard is.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !panel) return;
  if (document.querySelector("dialog[open]") || event.target.closest?.("details[data-closes][open]")) return;
  panel.querySelector(".actions button, .actions a").focus();
});

async function lead(id, number, turn, begins = false) {
  const which = begins ? "begins=1" : `turn=${encodeURIComponent(turn ?? "")}`;
  const answer = await fetch(`${base}/tours/${encodeURIComponent(id)}/steps?${which}`, { headers: { accept: "application/json" } });
  if (!answer.ok) return end();
  tour = await answer.json();
  write({ id, step: number, turn: tour.turn });
  const first = tour.steps[number];
  if (begins && first && !isHere(first.at)) location.assign(`${base}/${first.at}`);
  else show();
}

// What a step is about may come after the page, or be replaced. While the target is there, nothing is done here.
let waiting = false;
new MutationObserver((changes) => {
  if (!tour || waiting || changes.every((change) => panel?.contains(change.target))) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    const step = now();
    if (!step || !isHere(step.at)) return;
    if (!target?.isConnected || !isVisible(target)) { release(); show(); }
    else if (!target.classList.contains("tour-target")) target.classList.add("tour-target");
  }, 100);
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["open", "hidden", "class"] });

const state = read();
if (state) lead(state.id, state.step, state.turn);
