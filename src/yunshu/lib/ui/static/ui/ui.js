// What the pages do beyond HTML: keys, menus, dialogs, copying, toasts. Every page works without it.

const root = document.documentElement;
root.dataset.script = "";

const typing = (target) => target.closest?.("input, select, textarea, [contenteditable], dialog[open]");

// keys: `/` search, `?` help, sequences from the navigation, j k Enter x in lists
let pending = "";
let forget = 0;
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") return take(event, () => document.querySelector(".topsearch input, .list-search input")?.focus());
  if (event.key === "?") return take(event, () => document.getElementById("keys")?.showModal());
  if (moveInList(event)) return;
  clearTimeout(forget);
  pending = `${pending} ${event.key}`.trim();
  const link = [...document.querySelectorAll("[data-shortcut]")].find((a) => a.dataset.shortcut === pending);
  if (link) return take(event, () => link.click());
  if (![...document.querySelectorAll("[data-shortcut]")].some((a) => a.dataset.shortcut.startsWith(`${pending} `))) pending = "";
  forget = setTimeout(() => (pending = ""), 1200);
}
function take(event, act) {
  event.preventDefault();
  pending = "";
  act();
}
document.addEventListener("keydown", press);

// lists: a current row
function moveInList(event) {
  const rows = [...document.querySelectorAll("[data-list] tbody tr[data-row]")];
  if (!rows.length || pending || !["j", "k", "Enter", "x"].includes(event.key)) return false;
  const at = rows.findIndex((row) => "current" in row.dataset);
  if (event.key === "Enter" && event.target !== document.body) return false;
  if (event.key === "Enter") return at >= 0 && (take(event, () => rows[at].querySelector("a[href]")?.click()), true);
  if (event.key === "x") return at >= 0 && (take(event, () => rows[at].querySelector(".cell-check input")?.click()), true);
  take(event, () => {
    if (at >= 0) delete rows[at].dataset.current;
    const next = rows[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), rows.length - 1)];
    next.dataset.current = "";
    next.scrollIntoView({ block: "nearest" });
  });
  return true;
}

// clicks
document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens)?.showModal();
  const closes = event.target.closest("[data-closes]");
  if (closes) closes.closest("dialog")?.close();
  if (event.target.closest("[data-back]")) history.back();
  if (event.target.closest("[data-print]")) print();
  if (event.target.closest("form")) for (const told of document.querySelectorAll("[data-key-failed]")) told.hidden = true;
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]") ?? document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

async function copyText(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  toast(button.dataset.copied);
}

export function toast(text) {
  const box = document.createElement("div");
  box.className = "toast";
  box.textContent = text;
  document.getElementById("toasts")?.append(box);
  setTimeout(() => box.remove(), 6000);
}

// forms: ask before what cannot be undone; never send twice; choices that apply at once
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !confirm(question)) return event.preventDefault();
  if (event.target.method !== "post" || event.target.matches("[hx-post]")) return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "1";
  setTimeout(() => delete event.target.dataset.sent, 4000);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-check-all]")) {
    for (const box of document.querySelectorAll(".cell-check input[name='id']")) box.checked = event.target.checked;
  }
  if (event.target.closest(".cell-check")) countChosen();
});
function countChosen() {
  const chosen = document.querySelectorAll(".cell-check input[name='id']:checked").length;
  for (const bar of document.querySelectorAll("[data-bulk]")) {
    bar.toggleAttribute("data-empty", chosen === 0);
    const count = bar.querySelector("[data-bulk-count]");
    if (count) count.textContent = chosen;
  }
}
countChosen();

// dropzones: a file may be dropped on the frame around a plain file input
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    const zone = event.target.closest?.("[data-dropzone]");
    if (!zone) return;
    zone.toggleAttribute("data-over", type === "dragover");
    if (type !== "dragleave") event.preventDefault();
    if (type === "drop") {
      const input = zone.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

// waiting for the server
document.addEventListener("htmx:before:request", () => (root.dataset.loading = ""));
for (const done of ["htmx:after:request", "htmx:finally:request", "htmx:error"]) {
  document.addEventListener(done, () => delete root.dataset.loading);
}
document.addEventListener("htmx:after:swap", () => {
  countChosen();
  for (const box of document.querySelectorAll("[data-toast]")) {
    delete box.dataset.toast;
    setTimeout(() => box.remove(), 8000);
  }
});

// public pages are kept for reading offline
if (root.dataset.face === "portal" && "serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js");

// A security key that does not answer (refused, timed out, an address without a name) must not look like a dead button.
document.addEventListener("allauth.error", () => {
  for (const told of document.querySelectorAll("[data-key-failed]")) {
    told.setAttribute("role", "alert");
    told.hidden = false;
  }
});
