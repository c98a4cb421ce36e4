// A session that ends while somebody writes costs no text: what was sent waits in this tab until they have signed in again.
// Only in this tab, only for the same person, only when they come from the sign-in page; files and hidden fields are not kept.

const KEY = "yunshu.keep";
const form = document.querySelector("form[data-keep]");
const texts = () => [...form.elements].filter((e) => e.name && !["hidden", "file", "password", "submit", "button"].includes(e.type));
const cameFromSignIn = () => document.referrer && new URL(document.referrer).pathname.startsWith("/accounts/");

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  if (kept?.page !== location.pathname || kept.who !== form.dataset.keep || !cameFromSignIn()) return;
  for (const element of texts()) {
    const values = kept.fields.filter(([name]) => name === element.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(element.type)) element.checked = values.includes(element.value);
    else if (element.multiple) for (const option of element.options) option.selected = values.includes(option.value);
    else if (values.length) element.value = values[0];
  }
  const said = document.createElement("div");
  said.className = "toast";
  said.textContent = form.dataset.kept;
  document.getElementById("toasts")?.append(said);
}
if (form) {
  restore();
  form.addEventListener("submit", () => {
    const names = new Set(texts().map((e) => e.name));
    const fields = [...new FormData(form)].filter(([name]) => names.has(name));
    sessionStorage.setItem(KEY, JSON.stringify({ page: location.pathname, who: form.dataset.keep, fields }));
  });
}
