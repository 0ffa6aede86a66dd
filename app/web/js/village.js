// Small comforts. Every page works without this file.
(() => {
  "use strict";

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  });

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
