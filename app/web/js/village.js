// Small comforts. Every page works without this file.
(() => {
  "use strict";

  const words = document.currentScript?.dataset ?? {};

  /** A mark by which the village knows a form that comes a second time, because its answer got lost. */
  function mark(form) {
    let field = form.querySelector("input[name=_once]");
    if (!field) {
      field = Object.assign(document.createElement("input"), { type: "hidden", name: "_once" });
      // Before the files of a form.
      form.prepend(field);
    }
    field.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** What can't wait for the network says so; what was typed stays. */
  function alone(form) {
    let line = form.querySelector("[data-alone]");
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "pocket-note" });
      line.setAttribute("role", "alert");
      line.dataset.alone = "";
      form.append(line);
    }
    line.textContent = words.alone ?? "";
    line.scrollIntoView({ block: "nearest" });
  }

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.getAttribute("method") === "post") {
      const waits = "offline" in form.dataset && navigator.serviceWorker?.controller;
      if (!navigator.onLine && !waits) {
        event.preventDefault();
        alone(form);
        return;
      }
      mark(form);
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  });

  // In a row of filters that is pushed aside the chosen one is in sight.
  for (const chosen of document.querySelectorAll(".chips-many [aria-current]")) {
    const row = chosen.closest("ul");
    row.scrollLeft = chosen.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
  }

  // Errors of a form are read out first.
  document.querySelector("[data-focus]")?.focus();

  // "Load more" puts the next rows under the last one; when that fails the link is followed as usual.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-more]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    const list = document.getElementById(link.dataset.more);
    link.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const rows = page.getElementById(link.dataset.more).children;
      const first = rows[0];
      list.append(...rows);
      const next = page.querySelector("a[data-more]");
      if (next) {
        link.href = next.href;
        link.removeAttribute("aria-disabled");
      } else {
        link.parentElement.remove();
      }
      first?.querySelector("a")?.focus();
    } catch {
      location.assign(link.href);
    }
  });

  // Sharing is offered where the device can do it.
  for (const button of document.querySelectorAll("[data-share]")) {
    if (navigator.share) {
      button.hidden = false;
      button.addEventListener("click", () => navigator.share({ title: document.title, url: location.href }).catch(() => {}));
    }
  }
})();
