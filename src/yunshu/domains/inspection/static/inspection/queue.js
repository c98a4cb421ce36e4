// The review queue by keyboard: a key presses what carries it as `data-key`, or opens the form that it reveals.

const typing = (target) => target.closest?.("input, select, textarea, [contenteditable], dialog[open]");

let sequenceUntil = 0; // after `g` the next key belongs to the frame's sequences (`g e`)

function press(event) {
  if (event.key === "Escape" && event.target.closest?.("[data-queue] form")) return event.target.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return event.target.closest?.("[data-queue] form")?.requestSubmit();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.timeStamp < sequenceUntil) return void (sequenceUntil = 0);
  if (event.key === "g") return void (sequenceUntil = event.timeStamp + 1200);
  const named = CSS.escape(event.key);
  const pressed = document.querySelector(`[data-queue] [data-key="${named}"]`);
  const reveals = document.querySelector(`[data-queue] [data-reveals="${named}"]`);
  if (!pressed && !reveals) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (pressed) return pressed.click();
  reveals.open = true;
  reveals.querySelector("textarea, input:not([type=hidden])")?.focus();
}
// before the frame's own keys: here `?` shows the queue's help
addEventListener("keydown", press, { capture: true });
