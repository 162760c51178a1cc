// Small comforts; every page works without them.
"use strict";

// An error summary is what somebody came back for.
document.getElementById("errors")?.focus();

// A box that ticks all boxes of its form: <input type="checkbox" data-ticks="name">.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.ticks;
  if (!name) return;
  for (const box of event.target.form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)) {
    box.checked = event.target.checked;
  }
});

// Up and down go through the boxes of a long list.
document.addEventListener("keydown", (event) => {
  const box = event.target;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
  const boxes = [...box.form.querySelectorAll("td input[type=checkbox]")];
  const next = boxes[boxes.indexOf(box) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

// A second click of a form that is under way is not sent.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
