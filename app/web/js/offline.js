// What a village does without a network. Every page works without this file; its words stand on its own element.
(() => {
  "use strict";

  const words = document.currentScript?.dataset ?? {};
  const note = (text, href = "") => {
    const line = document.createElement("p");
    line.className = "pocket-note";
    line.setAttribute("role", "status");
    line.append(text);
    if (href) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = words.open;
      line.append(" ", link);
    }
    (document.querySelector("main") ?? document.body).prepend(line);
  };

  const moment = (at) =>
    at.toLocaleString(document.documentElement.lang, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });

  // A page from this device says from when it is.
  const { kept, slow } = document.body.dataset;
  if (kept !== undefined && !document.querySelector("[data-no-page]")) {
    note((slow === undefined ? words.kept : words.slow).replace("{when}", kept ? moment(new Date(kept)) : ""));
  }

  // New messages in the inbox.
  const counts = document.querySelectorAll("[data-unread]");
  if (counts.length) {
    fetch(counts[0].dataset.unread, { headers: { accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : { unread: 0 }))
      .then(({ unread }) => {
        for (const count of counts) {
          count.querySelector("[data-number]").textContent = unread || "";
          count.hidden = !unread;
        }
      })
      .catch(() => {});
  }

  // The browser offers to install the village only where a person looks for it.
  const install = document.querySelector("[data-install]");
  if (install) {
    const standing = matchMedia("(display-mode: standalone)").matches || navigator.standalone;
    const apple = /iPhone|iPad/.test(navigator.userAgent);
    install.hidden = Boolean(standing) || !apple;
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      const button = install.querySelector("button");
      install.hidden = false;
      button.hidden = false;
      install.querySelector("[data-apple]").hidden = true;
      button.addEventListener("click", () => event.prompt(), { once: true });
    });
  }

  if (!("serviceWorker" in navigator)) {
    return;
  }
  const ask = (what, worker = navigator.serviceWorker.controller) =>
    new Promise((resolve, reject) => {
      if (!worker) {
        reject(new Error("no service worker"));
        return;
      }
      const line = new MessageChannel();
      line.port1.onmessage = (event) => resolve(event.data);
      setTimeout(() => reject(new Error("no answer")), 10000);
      worker.postMessage(what, [line.port2]);
    });

  // Whoever is signed in on this page; a page from this device says nothing about that.
  const me = kept === undefined ? words.me ?? "" : undefined;
  let waiting = [];

  navigator.serviceWorker.addEventListener("message", (event) => {
    const told = event.data?.told ?? [];
    told.forEach(({ what }) => note(words.sent.replace("{what}", what)));
    if (told.length) {
      ask({ list: true, me }).then(show, () => {});
    }
  });

  const button = (text, press) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "kern-btn kern-btn--tertiary" });
    made.append(Object.assign(document.createElement("span"), { className: "kern-label", textContent: text }));
    made.addEventListener("click", async () => {
      made.disabled = true;
      show(await ask(press).catch(() => waiting));
    });
    return made;
  };

  /** The list of what waits on this device, over the page; nothing of it waits unseen. */
  function show(forms) {
    waiting = forms;
    document.querySelector(".pocket-list")?.remove();
    if (!forms.length) {
      return;
    }
    const list = document.createElement("ul");
    list.className = "pocket-list plain-list";
    list.setAttribute("aria-label", words.list);
    for (const { id, what, page, at, problem, old } of forms) {
      const line = document.createElement("li");
      line.className = "pocket-note";
      const text = problem ? words.stuck : old ? words.old : words.waits;
      const told = document.createElement("span");
      told.setAttribute("role", "status");
      told.append(text.replace("{what}", what).replace("{when}", moment(new Date(at))));
      line.append(told, " ");
      if (problem) {
        line.append(Object.assign(document.createElement("a"), { href: page, textContent: words.open }), " ");
      } else if (old) {
        line.append(button(words.send, { now: id, me }), " ");
      }
      line.append(button(words.discard, { discard: id, me }));
      list.append(line);
    }
    (document.querySelector("main") ?? document.body).prepend(list);
  }

  /** What the village refused is typed again for the person, on the page where it was typed. */
  const refilled = ({ page, action, fields }) => {
    const form = [...document.querySelectorAll("form[data-offline]")].find((one) => one.action === action);
    if (!form || page !== location.href) {
      return false;
    }
    for (const box of form.querySelectorAll("input:is([type=checkbox], [type=radio])")) {
      box.checked = fields.some(([name, value]) => name === box.name && value === box.value);
    }
    for (const [name, value] of fields) {
      const input = [...form.elements].find((one) => one.name === name && !/hidden|checkbox|radio|submit/.test(one.type));
      if (input && value instanceof File && value.size) {
        const files = new DataTransfer();
        files.items.add(value);
        input.files = files.files;
      } else if (input && typeof value === "string") {
        input.value = value;
      }
    }
    note(words.check);
    return true;
  };

  // Forms with data-offline wait on this device while there is no network.
  const reachable = async () => {
    if (!navigator.onLine) {
      return false;
    }
    try {
      return (await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(4000) })).ok;
    } catch {
      return false;
    }
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented) {
      return;
    }
    if (form.matches('[action="/sign-out"]')) {
      if (me && waiting.length && !form.dataset.asked) {
        event.preventDefault();
        form.dataset.asked = "yes";
        delete form.dataset.sent;
        note(words.leaving);
        scrollTo(0, 0);
        return;
      }
      // What was read here stays with nobody.
      navigator.serviceWorker.controller?.postMessage({ forget: true, me });
      return;
    }
    if (!form.matches("[data-offline]") || !navigator.serviceWorker.controller) {
      return;
    }
    event.preventDefault();
    const fields = [...new FormData(form, event.submitter)];
    const native = () => {
      if (event.submitter?.name) {
        const pressed = document.createElement("input");
        Object.assign(pressed, { type: "hidden", name: event.submitter.name, value: event.submitter.value });
        form.append(pressed);
      }
      form.submit();
    };
    if (await reachable()) {
      native();
      return;
    }
    const what = form.dataset.offline || document.querySelector("h1")?.textContent || document.title;
    const multipart = form.enctype === "multipart/form-data";
    try {
      show(await ask({ form: { action: form.action, page: location.href, what, multipart, fields, at: Date.now() }, me }));
      delete form.dataset.sent;
      if (form.querySelector("textarea, input[type=file]")) {
        form.reset();
      }
      scrollTo(0, 0);
    } catch {
      native();
    }
  });

  const begin = async () => {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    const { active } = await navigator.serviceWorker.ready;
    const away = !navigator.onLine || kept !== undefined;
    const forms = await ask(away ? { list: true, me } : { send: true, me }, active);
    const again = forms.find((form) => form.problem && refilled(form));
    show(again ? await ask({ discard: again.id, me }, active) : forms);
    if (away) {
      return;
    }
    const links = document.querySelectorAll("[data-keep] a[href^='/'], .bands a[href^='/']");
    const saved = document.querySelector("form.save") ? ["/saved"] : [];
    if (document.querySelector('form.save button[value="drop"]')) {
      saved.push(location.pathname);
    }
    await ask({ keep: [...links].map((link) => link.getAttribute("href")), changed: saved }, active);
  };
  addEventListener("load", () => begin().catch(() => {}));
  addEventListener("online", () => ask({ send: true, me }).then(show, () => {}));
})();
