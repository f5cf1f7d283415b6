// What was typed is not lost with its page: when somebody was signed out meanwhile, when a form was refused, on the way
// back, or when the language is changed. The browser keeps it for this tab until that page is opened again, of the last
// page alone and for its visitor alone: no passwords, no files, nothing hidden.
const KEPT = "chasqui-typed";
const { visitor, at } = document.body.dataset;

/** A page's address, whichever region it is of. */
function place() {
  return location.pathname.split("/").toSpliced(3, 1).join("/");
}

/** The forms whose fields count, and those fields. */
function* fields() {
  for (const form of document.querySelectorAll("#content form")) {
    if (form.method !== "post") continue;
    const counts = {};
    for (const field of form.elements) {
      if (!field.name || field.name === "confirm" || !field.matches("input:not([type=hidden], [type=password], [type=file]), select, textarea")) continue;
      const name = `${form.getAttribute("action")?.split("/").slice(4).join("/")} ${field.name}`;
      counts[name] = (counts[name] ?? -1) + 1;
      yield [`${name} ${counts[name]}`, field];
    }
  }
}

function changed(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  return field.options ? [...field.options].some((each) => each.selected !== each.defaultSelected) : field.value !== field.defaultValue;
}

function keep(kept) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch { /* a browser that keeps nothing, or not so much */ }
}

function taken() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    return kept;
  } catch {
    return null;
  }
}

const kept = taken();
let again = false;

if (document.querySelector("[data-keeps]")) {
  // Between the form and the way back to it: signing in, or what was refused.
  if (kept) keep({ ...kept, told: true });
} else {
  const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (kept && kept.visitor === visitor) {
    if (kept.place !== place()) keep(kept);
    else if (kept.told || kept.again || back) restore(kept);
  }
  window.addEventListener("pagehide", () => {
    const values = [];
    for (const [name, field] of fields()) {
      if (at || changed(field)) values.push([name, field.matches("[type=checkbox], [type=radio]") ? field.checked : field.value]);
    }
    if (values.length) keep({ place: place(), visitor, again, values });
  });
}

// Another language, theme or region: the same page again.
document.addEventListener("submit", (event) => { again = Boolean(event.target.querySelector("[name=back]")); });

function restore({ values, told }) {
  const here = new Map(fields());
  let any = false;
  for (const [name, value] of values) {
    const field = here.get(name);
    if (!field) continue;
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
    const group = field.closest("details");
    if (group) group.open = true;
    any = true;
  }
  if (!any || !told) return;
  const note = document.createElement("p"), messages = document.getElementById("told");
  note.className = "alert note";
  note.textContent = messages.dataset.restored;
  setTimeout(() => messages.append(note), 60);
}
