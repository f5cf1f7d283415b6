// Functions' pages: files that are too large, events that this browser keeps, and errors that come into sight.
// The server would hang up in the middle of a package that is too large.
document.addEventListener("change", ({ target }) => {
  if (!target.dataset?.bytesMax) return;
  const large = target.files[0]?.size > Number(target.dataset.bytesMax);
  target.setCustomValidity(large ? target.dataset.tooLarge : "");
  target.reportValidity();
});

let inSight = null;
document.addEventListener("htmx:after:swap", () => {
  const alert = document.querySelector("#told .alert.failed");
  if (alert && alert !== inSight) alert.scrollIntoView({ block: "center" });
  inSight = alert;
});

// Saved events: names and texts, kept by the browser for each function.
const place = document.querySelector("[data-events]");
if (place) {
  const key = `chasqui-events:${place.dataset.events}`;
  const list = place.querySelector("select");
  const name = place.querySelector("input");
  const event = document.querySelector("textarea[name=event]");
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; }
  };
  const show = (chosen) => {
    list.replaceChildren(list.options[0], ...Object.keys(kept()).sort().map((each) => new Option(each, each)));
    list.value = chosen;
  };
  const keep = (events, chosen) => {
    localStorage.setItem(key, JSON.stringify(events));
    show(chosen);
  };
  place.hidden = false;
  list.addEventListener("change", () => {
    if (list.value) [event.value, name.value] = [kept()[list.value], list.value];
  });
  place.querySelector("[data-saves]").addEventListener("click", () => {
    if (name.value.trim()) keep({ ...kept(), [name.value.trim()]: event.value }, name.value.trim());
  });
  place.querySelector("[data-removes]").addEventListener("click", () => {
    const { [list.value]: _gone, ...rest } = kept();
    keep(rest, "");
  });
  show("");
}
