// Uploading: files are chosen or dropped, then sent one request each, or in parts of `partBytes` where they are larger.
// Three requests run at a time. What a browser holds of a file is a name for it; bytes go from the disk to the server.
const PARALLEL = 3;
const TRIES = 3;
const ROWS_MAX = 200;
const ROWS_AT_FIRST = 100;
const DRAWN_EVERY_MS = 200;
const SAID_EVERY_MS = 5000;
const language = document.documentElement.lang;
const units = document.getElementById("upload").dataset.units.split(" ");

function bytes(size) {
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit += 1) size /= 1024;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: unit ? 1 : 0 });
  return `${number.format(size)}\u00a0${units[unit]}`;
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// What went wrong with a request; `again`: it may be better next time.
class Failed extends Error {
  constructor(message, code, again) {
    super(message);
    this.code = code;
    this.again = again;
  }
}

class Slots {
  constructor(count) {
    this.free = count;
    this.line = [];
  }
  async take() {
    if (this.free) this.free -= 1;
    else await new Promise((resolve) => this.line.push(resolve));
  }
  give() {
    if (this.line.length) this.line.shift()();
    else this.free += 1;
  }
}

class Uploads {
  constructor(root) {
    this.root = root;
    this.texts = root.dataset;
    this.partBytes = Number(root.dataset.partBytes);
    this.entries = [];
    this.slots = new Slots(PARALLEL);
    this.body = root.querySelector("tbody");
    this.summary = root.querySelector("#upload-summary");
    this.spoken = root.querySelector("#upload-spoken");
    this.total = root.querySelector("#upload-total");
    this.start = root.querySelector("#upload-start");
    this.stop = root.querySelector("#upload-stop");
    this.list = root.querySelector("#upload-list");
    this.more = root.querySelector("#upload-more");
    this.counts = { done: 0, failed: 0, size: 0, sent: 0 };
    this.running = false;
    this.saidAt = 0;
    this.drawing = 0;
  }

  // ------------------------------------------------------------------------------------------------------- choosing

  add(files) {
    for (const { file, path } of files) {
      this.entries.push({
        file, path, key: this.texts.prefix + path, state: "waiting", sent: 0, message: "", row: null, upload: "", etags: [],
        control: new AbortController(),
      });
      this.counts.size += file.size;
    }
    for (const entry of this.entries.slice(0, ROWS_AT_FIRST)) if (!entry.row) this.show(entry);
    this.changed(true);
  }

  remove(entry) {
    const next = entry.row.nextElementSibling ?? entry.row.previousElementSibling;
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.counts.size -= entry.file.size;
    this.counts.sent -= entry.sent;
    if (entry.state === "failed") this.counts.failed -= 1;
    entry.row.remove();
    const hidden = this.entries.find((each) => !each.row && each.state === "waiting");
    if (hidden && this.body.children.length < ROWS_AT_FIRST) this.show(hidden);
    (next?.querySelector("button") ?? this.root.querySelector("[data-picks]")).focus();
    this.changed(true);
  }

  // --------------------------------------------------------------------------------------------------------- sending

  async run() {
    if (this.running) return;
    this.running = true;
    this.changed(true);
    this.stop.focus();
    const files = Array.from({ length: PARALLEL }, () => this.lane());
    await Promise.all(files);
    this.running = false;
    this.changed(true);
  }

  async lane() {
    for (let next = this.next(); next; next = this.next()) await this.send(next);
  }

  next() {
    return this.entries.find((each) => each.state === "waiting");
  }

  async send(entry) {
    entry.state = "uploading";
    entry.message = "";
    if (!entry.row) this.show(entry);
    this.changed();
    try {
      if (entry.file.size <= this.partBytes) await this.sendWhole(entry);
      else await this.sendParts(entry);
      entry.state = "done";
      this.counts.done += 1;
      this.sentOf(entry, entry.file.size);
    } catch (error) {
      if (entry.control.signal.aborted) {
        entry.state = "cancelled";
        this.sentOf(entry, 0);
        await this.abandon(entry);
      } else {
        entry.state = "failed";
        entry.message = error.message;
        this.counts.failed += 1;
        if (error.code === "NoSuchUpload") Object.assign(entry, { upload: "", etags: [] });
      }
    }
    this.changed();
  }

  async sendWhole(entry) {
    const { key, file } = entry;
    await this.tried(entry, "PUT", "whole", { key, type: file.type }, file, (sent) => this.sentOf(entry, sent));
  }

  async sendParts(entry) {
    const { key, file } = entry;
    if (!entry.upload) entry.upload = (await this.tried(entry, "POST", "begin", { key, type: file.type })).upload;
    const upload = entry.upload;
    const waiting = [];
    const under = new Map();
    const count = Math.ceil(file.size / this.partBytes);
    for (let number = 1; number <= count; number += 1) if (!entry.etags[number - 1]) waiting.push(number);
    const told = () => {
      const whole = entry.etags.reduce((sum, etag, at) => sum + (etag ? this.sizeOf(file, at + 1) : 0), 0);
      this.sentOf(entry, whole + [...under.values()].reduce((sum, sent) => sum + sent, 0));
    };
    const work = async () => {
      for (let number = waiting.shift(); number; number = waiting.shift()) {
        const begin = (number - 1) * this.partBytes;
        const part = file.slice(begin, begin + this.partBytes);
        const kept = await this.tried(entry, "PUT", "part", { key, upload, number }, part, (sent) => {
          under.set(number, Math.min(sent, part.size));
          told();
        }).finally(() => under.delete(number));
        entry.etags[number - 1] = kept.etag;
        told();
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: PARALLEL }, work));
    const broken = ended.find((each) => each.status === "rejected");
    if (broken) throw broken.reason;
    await this.tried(entry, "POST", "complete", { key, upload }, JSON.stringify({ etags: entry.etags }));
    entry.upload = "";
  }

  sizeOf(file, number) {
    return Math.min(this.partBytes, file.size - (number - 1) * this.partBytes);
  }

  async abandon(entry) {
    if (!entry.upload) return;
    const upload = entry.upload;
    Object.assign(entry, { upload: "", etags: [] });
    try {
      await this.ask("POST", "abort", { key: entry.key, upload });
    } catch {
      // The tab "Management" lists what was left, and aborts it.
    }
  }

  // A request, again after a pause where it may be better then.
  async tried(entry, method, what, query, body = null, progress = null) {
    for (let left = TRIES; ; left -= 1) {
      await this.slots.take();
      try {
        if (entry.control.signal.aborted) throw new Failed("", "", false);
        return await this.ask(method, what, query, body, progress, entry.control.signal);
      } catch (error) {
        progress?.(0);
        if (!error.again || left === 1) throw error;
      } finally {
        this.slots.give();
      }
      await new Promise((resolve) => setTimeout(resolve, 500 * (TRIES - left + 1)));
    }
  }

  ask(method, what, query, body = null, progress = null, signal = null) {
    const request = new XMLHttpRequest();
    request.open(method, `${this.texts.address}/${what}?${new URLSearchParams(query)}`);
    request.setRequestHeader("x-chasqui-csrf", this.texts.csrf);
    request.setRequestHeader("content-type", "application/octet-stream");
    // Who was signed out meanwhile is told so by the status, and not led to another page.
    request.setRequestHeader("hx-request", "true");
    if (progress) request.upload.addEventListener("progress", (event) => progress(event.loaded));
    const cancel = () => request.abort();
    signal?.addEventListener("abort", cancel);
    return new Promise((resolve, reject) => {
      request.addEventListener("loadend", () => {
        signal?.removeEventListener("abort", cancel);
        const said = read(request.responseText);
        if (request.status === 200 && said) resolve(said);
        else if (said) reject(new Failed(`${said.code}: ${said.message}`, said.code, request.status >= 500 || request.status === 429));
        else reject(new Failed(request.status ? `HTTP ${request.status}` : this.texts.lost, "", !request.status || request.status >= 500));
      });
      request.send(body);
    });
  }

  cancel(entry) {
    const failed = entry.state === "failed";
    if (entry.state === "uploading") entry.control.abort();
    else if (entry.state === "waiting" || failed) {
      if (failed) this.counts.failed -= 1;
      entry.state = "cancelled";
      this.sentOf(entry, 0);
      this.abandon(entry);
    }
    this.changed();
  }

  cancelAll() {
    for (const entry of this.entries) this.cancel(entry);
    this.root.querySelector("[data-picks]").focus();
  }

  retry(entry) {
    if (entry.state === "failed") this.counts.failed -= 1;
    entry.state = "waiting";
    entry.control = new AbortController();
    this.run();
    this.changed();
  }

  sentOf(entry, sent) {
    this.counts.sent += sent - entry.sent;
    entry.sent = sent;
    this.changed();
  }

  // --------------------------------------------------------------------------------------------------------- showing

  show(entry) {
    if (this.body.children.length >= ROWS_MAX) this.forget();
    const row = this.body.insertRow();
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = entry.path;
    row.append(name);
    const size = row.insertCell();
    size.className = "number";
    size.textContent = bytes(entry.file.size);
    const bar = document.createElement("progress");
    bar.max = entry.file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", entry.path);
    row.insertCell().append(bar);
    row.insertCell();
    row.insertCell();
    entry.row = row;
    this.draw(entry);
  }

  forget() {
    const old = this.entries.find((each) => each.row && (each.state === "done" || each.state === "cancelled"));
    if (!old) return;
    old.row.remove();
    old.row = null;
  }

  draw(entry) {
    const [, , progress, state, actions] = entry.row.cells;
    progress.firstChild.value = entry.state === "done" ? progress.firstChild.max : entry.sent;
    const text = this.texts[entry.state] + (entry.message ? ` – ${entry.message}` : "");
    if (state.textContent !== text) state.textContent = text;
    if (actions.dataset.state === entry.state) return;
    actions.dataset.state = entry.state;
    const focused = actions.contains(document.activeElement);
    actions.replaceChildren();
    const before = entry.state === "waiting" && !this.running;
    if (before) actions.append(this.button("remove", entry, () => this.remove(entry)));
    else if (entry.state === "waiting" || entry.state === "uploading") actions.append(this.button("cancel", entry, () => this.cancel(entry)));
    else if (entry.state === "failed") actions.append(this.button("retry", entry, () => this.retry(entry)), " ", this.button("cancel", entry, () => this.cancel(entry)));
    else if (entry.state === "cancelled") actions.append(this.button("retry", entry, () => this.retry(entry)));
    if (focused) (actions.querySelector("button") ?? this.stop).focus();
  }

  button(action, entry, does) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet small";
    button.textContent = this.texts[action];
    button.setAttribute("aria-label", filled(this.texts.of, { action: this.texts[action], name: entry.path }));
    button.addEventListener("click", does);
    return button;
  }

  changed(now = false) {
    if (now) this.drawAll();
    else if (!this.drawing) this.drawing = setTimeout(() => this.drawAll(), DRAWN_EVERY_MS);
  }

  drawAll() {
    clearTimeout(this.drawing);
    this.drawing = 0;
    let rows = 0;
    for (const entry of this.entries) {
      if (!entry.row) continue;
      rows += 1;
      this.draw(entry);
    }
    const { done, failed, size, sent } = this.counts;
    const count = this.entries.length;
    const busy = this.running || this.entries.some((each) => each.state === "uploading");
    const begun = busy || this.entries.some((each) => each.state !== "waiting");
    const values = { done, failed, count, size: bytes(begun ? sent : size), total: bytes(size) };
    let text = count ? filled(begun ? this.texts.summary : this.texts.chosen, values) : "";
    if (failed) text += ` ${filled(this.texts.someFailed, values)}`;
    this.summary.textContent = text;
    const at = Date.now();
    if (!busy || at - this.saidAt > SAID_EVERY_MS) {
      if (this.spoken.textContent !== text) this.spoken.textContent = text;
      this.saidAt = at;
    }
    this.list.hidden = !rows;
    this.more.hidden = count <= rows;
    this.more.textContent = filled(this.texts.more, { count: count - rows });
    this.total.hidden = !begun;
    this.total.value = size ? sent / size : Number(done === count);
    this.stop.hidden = !busy;
    this.start.disabled = busy || !this.next();
  }
}

function read(text) {
  try {
    const said = JSON.parse(text);
    return said && typeof said === "object" ? said : null;
  } catch {
    return null;
  }
}

// -------------------------------------------------------------------------------------------------- what was dropped

async function* filesOf(entry, path) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    yield { file, path: path + file.name };
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const inner = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!inner.length) return;
    for (const each of inner) yield* filesOf(each, `${path}${entry.name}/`);
  }
}

async function dropped(transfer) {
  const found = [];
  // Entries are there only until the event's handler has returned.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  for (const entry of entries) for await (const each of filesOf(entry, "")) found.push(each);
  return found;
}

function begin(root) {
  const uploads = new Uploads(root);
  const drop = root.querySelector("#drop");
  for (const button of root.querySelectorAll("[data-picks]")) {
    const input = root.querySelector(`#${button.dataset.picks}`);
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      uploads.add([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
      input.value = "";
      if (!uploads.start.disabled) uploads.start.focus();
    });
  }
  for (const type of ["dragenter", "dragover"]) {
    root.addEventListener(type, (event) => {
      event.preventDefault();
      drop.dataset.over = "";
    });
  }
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(event.relatedTarget)) delete drop.dataset.over;
  });
  root.addEventListener("drop", async (event) => {
    event.preventDefault();
    delete drop.dataset.over;
    uploads.add(await dropped(event.dataTransfer));
  });
  uploads.start.addEventListener("click", () => uploads.run());
  uploads.stop.addEventListener("click", () => uploads.cancelAll());
  window.addEventListener("beforeunload", (event) => {
    if (uploads.running) event.preventDefault();
  });
}

const root = document.getElementById("upload");
if (root) begin(root);
// A bucket with much in it is emptied by one request after the other.
for (const form of document.querySelectorAll("form[data-goes-on]")) form.requestSubmit();
