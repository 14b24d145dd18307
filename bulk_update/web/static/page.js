// Everything works without this script. It adds: focus on the heading after each step, a drop zone,
// a list of open questions that follows the answers, and a word while a form is being answered.
"use strict";
document.querySelector("#heading")?.focus({ preventScroll: true });
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  const over = (is) => (event) => {
    event.preventDefault();
    zone.classList.toggle("over", is);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length === 1) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change"));
    }
  });
  input.addEventListener("change", () => {
    const tooLarge = input.files[0]?.size > Number(input.dataset.maxBytes);
    input.setCustomValidity(tooLarge ? input.dataset.tooLarge : "");
    input.reportValidity();
  });
}
for (const list of document.querySelectorAll("[data-open]")) {
  const leaveOut = list.parentElement.querySelector("button[value=leave-out]");
  const follow = () => {
    for (const link of list.querySelectorAll("a")) {
      const field = document.querySelector(link.hash);
      link.parentElement.hidden = field.value !== "" || field.offsetParent === null;
    }
    list.hidden = list.querySelector("li:not([hidden])") === null;
    if (leaveOut) leaveOut.hidden = !list.querySelector("li:not([hidden]) a[href^='#goal']");
  };
  list.parentElement.addEventListener("input", follow);
  addEventListener("pageshow", follow);
}
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    form.querySelector(".busy").textContent = form.dataset.busy;
    form.querySelector("button.primary").setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => {
    form.querySelector(".busy").textContent = "";
    form.querySelector("button.primary").removeAttribute("aria-disabled");
  });
}
