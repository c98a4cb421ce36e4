// What the browser finds missing or malformed is said in the page, at its field, in the page's language, and stays until it is mended.
// For the forms within `data-says-missing="words"`. The browser's own bubble is gone after a few seconds, speaks the browser's language and is in no screenshot or log.

function sayInvalid(frame) {
  let first = null;
  const undo = (control) => {
    control.removeAttribute("aria-invalid");
    const field = control.closest(".field");
    field?.classList.remove("field-bad");
    field?.querySelector("[data-invalid]")?.remove();
  };
  const say = (control) => {
    undo(control);
    const words = document.createElement("p");
    words.className = "field-error";
    words.dataset.invalid = "";
    words.textContent = control.validity.valueMissing ? frame.dataset.saysMissing : control.validationMessage;
    control.setAttribute("aria-invalid", "true");
    const field = control.closest(".field");
    field?.classList.add("field-bad");
    (field?.querySelector(".field-label") ?? control).after(words);
    words.id = `${control.id}_invalid`;
    const described = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== words.id);
    control.setAttribute("aria-describedby", [...described, words.id].join(" "));
  };
  frame.addEventListener("invalid", (event) => {
    event.preventDefault();
    say(event.target);
    if (first) return;
    first = event.target;
    setTimeout(() => {
      first.focus();
      first = null;
    });
  }, true);
  for (const kind of ["input", "change"]) {
    frame.addEventListener(kind, ({ target }) => target.closest(".field")?.querySelector("[data-invalid]") && target.validity.valid && undo(target));
  }
}

for (const frame of document.querySelectorAll("[data-says-missing]")) sayInvalid(frame);
