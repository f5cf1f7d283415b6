// Leads through a tour: shows where to click on the page, and remembers in this tab how far it has come.
const KEY = "chasqui-tour";
const base = document.body.dataset.console;
let tour = null;
let target = null;
let panel = null;

const read = () => JSON.parse(sessionStorage.getItem(KEY) ?? "null");
const write = (state) => (state ? sessionStorage.setItem(KEY, JSON.stringify(state)) : sessionStorage.removeItem(KEY));

function isHere(at) {
  const path = decodeURI(location.pathname).slice(base.length + 1).replace(/\/$/, "").split("/");
  const wanted = at.split("/");
  return path.length === wanted.length && wanted.every((each, index) => each === "*" || each === path[index]);
}

function element(name, text, made = {}) {
  const found = document.createElement(name);
  found.textContent = text;
  return Object.assign(found, made);
}

function release() {
  if (!target) return;
  target.classList.remove("tour-target");
  target = null;
}

function isVisible(node) {
  return node.getClientRects().length > 0;
}

function highlight(step) {
  const found = [...document.querySelectorAll(step.target)].find(isVisible) ?? null;
  if (found === target) return found;
  release();
  if (found) {
    target = found;
    found.classList.add("tour-target");
    found.scrollIntoView({ block: "center" });
  }
  return found;
}

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
}

function fill(step) {
  if (!target) return;
  if (step.act === "tick") target.checked = true;
  else target.value = step.value;
  for (const name of ["input", "change"]) target.dispatchEvent(new Event(name, { bubbles: true }));
  go(read().step + 1);
}

function controls(step, number) {
  const { words } = tour;
  const row = element("div", "", { className: "actions" });
  const add = (text, action, quiet = true) => {
    const button = element("button", text, { type: "button", className: quiet ? "quiet" : "" });
    button.addEventListener("click", action);
    row.append(button);
  };
  if (step && isHere(step.at) && ["type", "choose", "tick"].includes(step.act)) add(words.fill, () => fill(step), false);
  if (step && !isHere(step.at) && !step.at.includes("*")) {
    row.append(element("a", words.go, { href: `${base}/${step.at}`, className: "button" }));
  }
  if (step) add(words.next, () => go(number + 1), step.act !== "look");
  if (number > 0) add(words.back, () => go(number - 1));
  add(words.end, end);
  return row;
}

function show() {
  const state = read();
  if (!state || !tour) return;
  const step = tour.steps[state.step];
  if (!panel) {
    panel = element("section", "", { className: "tour" });
    panel.setAttribute("aria-label", tour.title);
    panel.append(element("div", "", { className: "tour-words" }), element("div", ""));
    panel.firstChild.setAttribute("aria-live", "polite");
    document.body.append(panel);
    document.body.classList.add("touring");
  }
  const { words } = tour;
  const said = [element("strong", tour.title)];
  if (step) {
    const count = words.step.replace("{number}", state.step + 1).replace("{count}", tour.steps.length);
    said.push(element("p", count, { className: "help" }), element("p", step.text));
    if (step.value && step.act === "type") said.push(element("pre", step.value));
    if (!isHere(step.at)) said.push(element("p", words.elsewhere, { className: "help" }));
    else if (!highlight(step)) said.push(element("p", words.waiting, { className: "help" }));
  } else {
    said.push(element("p", words.done));
  }
  panel.dataset.step = state.step;
  const before = panel.firstChild.textContent;
  if (before !== said.map((each) => each.textContent).join("")) panel.firstChild.replaceChildren(...said);
  panel.lastChild.replaceChildren(controls(step, state.step));
}

function isMeant(step, event) {
  return step && target && isHere(step.at) && target.contains(event.target);
}

// Before the page's own listeners, and before the browser leaves: what was clicked is done.
document.addEventListener("click", (event) => {
  const state = read();
  const step = tour?.steps[state?.step];
  if (isMeant(step, event) && step.act === "click") {
    release();
    write({ ...state, step: state.step + 1 });
    setTimeout(show, 0);
  }
}, true);

document.addEventListener("change", (event) => {
  const state = read();
  const step = tour?.steps[state?.step];
  if (!isMeant(step, event)) return;
  const done = { type: event.target.value === step.value, choose: event.target.value === step.value, tick: event.target.checked, file: true };
  if (done[step.act]) go(state.step + 1);
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-starts-tour]");
  if (button) lead(button.dataset.startsTour, 0);
});

async function lead(id, step) {
  const answer = await fetch(`${base}/tours/${encodeURIComponent(id)}/steps`, { headers: { accept: "application/json" } });
  if (!answer.ok) return end();
  tour = await answer.json();
  write({ id, step });
  const first = tour.steps[step];
  if (step === 0 && first && !isHere(first.at)) location.assign(`${base}/${first.at}`);
  else show();
}

let waiting = false;
new MutationObserver((changes) => {
  if (!tour || waiting || changes.every((change) => panel?.contains(change.target))) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    const state = read();
    const step = tour?.steps[state?.step];
    if (step && isHere(step.at) && (!target?.isConnected || !isVisible(target))) show();
  }, 100);
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["open", "hidden"] });

const state = read();
if (state) lead(state.id, state.step);
