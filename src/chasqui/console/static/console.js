// What every page does beyond its HTML: times in the reader's words, choices that apply at once, copying.
const language = document.documentElement.lang;
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });

function words(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-worded])")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.textContent = moment.format(at);
      time.title = time.dateTime;
      time.dataset.worded = "";
    }
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const text = button.parentElement.querySelector("code, textarea, input").textContent;
  await navigator.clipboard.writeText(text);
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1500);
});

words(document);
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) words(node.parentElement ?? node);
}).observe(document.body, { childList: true, subtree: true });
