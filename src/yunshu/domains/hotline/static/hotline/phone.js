// The telephones' pages: what rings is shown at once. Without a script the pages work, and are reloaded by hand.

const bar = document.getElementById("phone-bar");
const board = document.getElementById("phone-board");

async function fetched(url, options = {}) {
  const answer = await fetch(url, { credentials: "same-origin", ...options });
  if (answer.redirected || (!answer.ok && answer.status !== 422)) throw new Error(answer.status);
  return answer.text();
}

// one request at a time, and one more if something happened meanwhile
function again(act) {
  let running = false, wanted = false;
  return async () => {
    if (running) return void (wanted = true);
    running = true;
    do {
      wanted = false;
      await act().catch(() => {});
    } while (wanted);
    running = false;
  };
}

function listen(url, hear) {
  const source = new EventSource(url);
  source.onmessage = (message) => hear(JSON.parse(message.data));
  return source;
}

function seconds() {
  for (const at of document.querySelectorAll("time[data-since]")) {
    const s = Math.max(0, Math.floor((Date.now() - Date.parse(at.dataset.since)) / 1000));
    at.textContent = `${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
  }
}
setInterval(seconds, 1000);
seconds();

if (bar) {
  const shown = document.getElementById("phone-case");
  const says = document.getElementById("phone-says");
  const title = document.title;
  // the call that is to be settled, as the server says; what is shown of it already stays, with all that was written and refused
  const inHand = () => bar.querySelector(".phone-bar")?.dataset.case ?? "";
  const shownCase = () => shown.querySelector("[data-case]")?.dataset.case ?? "";
  // what somebody has begun to write is never taken away
  const begun = () => shownCase() && shown.querySelector("[data-dirty], .error-summary");
  const showCase = again(async () => {
    if (begun() || (shownCase() && shownCase() === inHand())) return;
    const fresh = await fetched(bar.dataset.case);
    if (!begun()) shown.innerHTML = fresh;
  });
  const typing = () => bar.contains(document.activeElement) && document.activeElement.matches("input, select");
  const showBar = again(async () => {
    const fresh = await fetched(bar.dataset.bar);
    if (typing() && fresh.includes(`data-state="${bar.querySelector(".phone-bar").dataset.state}"`)) return;
    take(fresh);
  });
  const take = (html) => {
    const before = bar.querySelector(".phone-bar")?.dataset;
    const was = `${before?.state} ${before?.case}`;
    bar.innerHTML = html;
    seconds();
    const now = bar.querySelector(".phone-bar")?.dataset;
    if (now?.state !== "ringing") document.title = title;
    if (was !== `${now?.state} ${now?.case}`) showCase();
  };
  shown.querySelector(".error-summary")?.focus();
  // fields that are led to must not lie under the bar
  new ResizeObserver(() => {
    const sticks = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.scrollPaddingTop = sticks ? `${bar.offsetHeight + 80}px` : "";
  }).observe(bar);
  shown.addEventListener("input", (event) => event.target.form && (event.target.form.dataset.dirty = ""));
  listen(bar.dataset.stream, (event) => {
    if (event.kind === "screen_pop") {
      says.textContent = event.caller;
      document.title = `☎ ${event.caller}`;
      showCase(); // beside the bar, not after it
    }
    showBar();
  });
  bar.addEventListener("submit", async (event) => {
    if (event.defaultPrevented || !event.target.matches("[data-phone-form]")) return;
    event.preventDefault();
    const body = new FormData(event.target, event.submitter);
    if (event.submitter) event.submitter.disabled = true;
    try {
      take(await fetched(event.target.action, { method: "POST", body, headers: { "X-Part": "bar" } }));
    } catch {
      location.reload();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const button = bar.querySelector(`[data-key="${event.code.replace("Key", "").toLowerCase()}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}

if (board) {
  const show = again(async () => {
    if (board.contains(document.activeElement)) return;
    board.innerHTML = await fetched(board.dataset.url, { headers: { "X-Part": "board" } });
    seconds();
    await new Promise((done) => setTimeout(done, 500));
  });
  listen(board.dataset.stream, show);
  setInterval(show, 5000);
}
