// The citizen's form beyond HTML: where one stands, how much fits, a draft on this device, what to do without a network.
// Without this script the form works as it is: address in words, nothing kept.

const form = document.querySelector("form[data-demand]");
const said = form.dataset;
const KEY = "yunshu.demand";
const KEPT = ["kind", "title", "content", "division", "address"]; // never who it is, never photos
const field = (name) => form.elements.namedItem(name);
const status = document.getElementById("demand-status");
const tell = (text) => (status.textContent = text);

// where one stands
const locate = document.getElementById("locate");
const place = document.getElementById("place");
const forget = document.getElementById("forget-place");
if (navigator.geolocation && isSecureContext) locate.hidden = false;
else place.textContent = said.noPlace;

function showPlace(accuracy) {
  const has = field("lon").value && field("lat").value;
  forget.hidden = !has;
  if (!has) return;
  const words = accuracy > 500 ? said.rough : accuracy ? said.placed : said.somewhere;
  place.textContent = words.replace("{n}", Math.round(accuracy));
}
locate.addEventListener("click", () => {
  place.textContent = said.locating;
  locate.disabled = true;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      locate.disabled = false;
      field("lon").value = coords.longitude.toFixed(5);
      field("lat").value = coords.latitude.toFixed(5);
      showPlace(coords.accuracy);
    },
    (error) => {
      locate.disabled = false;
      place.textContent = error.code === error.PERMISSION_DENIED ? said.denied : said.noPlace;
      field("address").focus();
    },
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
});
forget.addEventListener("click", () => {
  field("lon").value = field("lat").value = "";
  place.textContent = said.forgotten;
  forget.hidden = true;
  locate.focus();
});
if (field("lon").value) showPlace(0);

// how much fits
const most = Number(field("content").dataset.most);
const count = document.getElementById("demand-count");
function counted() {
  const length = [...field("content").value.trim()].length;
  count.textContent = length > most * 0.8 ? (length > most ? said.over : said.left).replace("{n}", Math.abs(most - length)) : "";
}
field("content").addEventListener("input", counted);
counted();

// a draft on this device; of a confidential demand nothing is kept
const store = { get: () => read(), set: (draft) => write(draft), drop: () => write(null) };
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}
function write(draft) {
  try {
    if (draft) localStorage.setItem(KEY, JSON.stringify(draft));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false; // a private window may keep nothing
  }
}
const isSecret = () => field("kind").value === "report" || field("is_confidential").checked;
const note = document.getElementById("draft");
function keep() {
  if (isSecret()) {
    store.drop();
    note.hidden = true;
    return false;
  }
  const draft = Object.fromEntries(KEPT.map((name) => [name, field(name).value]));
  if (!draft.title.trim() && !draft.content.trim()) return false;
  return store.set(draft);
}
let soon = 0;
form.addEventListener("input", () => {
  clearTimeout(soon);
  soon = setTimeout(keep, 400);
});
addEventListener("pagehide", () => form.dataset.sent || keep());
const draft = store.get();
const sent = sessionStorage.getItem(KEY); // sent from this window, and the answer was this form again: it was not taken
sessionStorage.removeItem(KEY);
if (draft && !sent && !field("title").value && !field("content").value) {
  for (const name of KEPT) if (draft[name]) field(name).value = draft[name];
  note.hidden = false;
  counted();
}
document.getElementById("drop-draft").addEventListener("click", () => {
  clearTimeout(soon);
  store.drop();
  form.reset();
  note.hidden = true;
  counted();
  field("kind").focus();
});

// what would be lost on the way is not sent: too much for the server, or no network
const size = () => [...field("attachments").files].reduce((sum, file) => sum + file.size, 0);
form.addEventListener("submit", (event) => {
  const why = size() > Number(said.mostBytes) ? said.tooLarge : navigator.onLine ? "" : keep() ? said.offline : said.offlineSecret;
  if (!why) return sessionStorage.setItem(KEY, "1");
  event.preventDefault();
  event.stopPropagation(); // ui.js must not count it as sent
  tell(why);
  status.scrollIntoView({ block: "center" });
});
addEventListener("online", () => status.textContent && tell(said.online));
