// What a policy's editor does beyond its HTML: goes to a problem's place, formats JSON, writes an example into it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-goes], [data-formats-json], [data-writes]");
  if (!button) return;
  const { goes, formatsJson, writes, line, column, textOf } = button.dataset;
  const area = document.getElementById(goes ?? formatsJson ?? writes);
  if (goes) {
    const lines = area.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + Number(column) - 1;
    area.focus();
    area.setSelectionRange(at, Math.min(at + 1, area.value.length));
    area.scrollTop = Math.max(0, (area.scrollHeight / lines.length) * (line - 4));
    return;
  }
  try {
    area.value = writes ? document.getElementById(textOf).textContent : JSON.stringify(JSON.parse(area.value), null, 2);
  } catch {
    // Not JSON yet: the list of problems says where.
  }
  area.dispatchEvent(new Event("input", { bubbles: true }));
  if (writes) area.focus();
});
