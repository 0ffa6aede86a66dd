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

  // A page from this device says from when it is.
  const kept = document.body.dataset.kept;
  if (kept !== undefined) {
    const at = kept ? new Date(kept) : null;
    const language = document.documentElement.lang;
    const when = at?.toLocaleString(language, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }) ?? "";
    note(words.kept.replace("{when}", when));
  }

  // New messages in the inbox.
  const count = document.querySelector("[data-unread]");
  if (count) {
    fetch(count.dataset.unread, { headers: { accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : { unread: 0 }))
      .then(({ unread }) => {
        count.textContent = unread || "";
        count.hidden = !unread;
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

  navigator.serviceWorker.addEventListener("message", (event) => {
    event.data?.told?.forEach(({ what }) => note(words.sent.replace("{what}", what)));
  });

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
    if (form.matches('[action="/sign-out"]')) {
      // What was read here stays with nobody.
      navigator.serviceWorker.controller?.postMessage({ forget: true });
      return;
    }
    if (!form.matches("[data-offline]") || !navigator.serviceWorker.controller || event.defaultPrevented) {
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
      await ask({ form: { action: form.action, page: location.href, what, multipart, fields, at: Date.now() } });
      form.reset();
      note(words.waits.replace("{what}", what));
      scrollTo(0, 0);
    } catch {
      native();
    }
  });

  const begin = async () => {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    const { active } = await navigator.serviceWorker.ready;
    if (!navigator.onLine || kept !== undefined) {
      return;
    }
    for (const form of await ask({ send: true }, active)) {
      if (form.problem && refilled(form)) {
        await ask({ discard: form.id }, active);
      } else if (form.problem) {
        note(words.stuck.replace("{what}", form.what), form.page);
      } else {
        note(words.waits.replace("{what}", form.what));
      }
    }
    const paths = [...document.querySelectorAll("[data-keep] a[href^='/']")].map((link) => link.getAttribute("href"));
    if (document.querySelector('form.save button[value="drop"]')) {
      paths.push(location.pathname, "/saved");
    } else if (document.querySelector("form.save")) {
      paths.push("/saved");
    }
    if (paths.length) {
      await ask({ keep: paths }, active);
    }
  };
  addEventListener("load", () => begin().catch(() => {}));
  addEventListener("online", () => ask({ send: true }).catch(() => {}));
})();
