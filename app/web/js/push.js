// The page "Notifications": completes its form with what the browser's push service gives. Without it there is mail.
(() => {
  "use strict";

  const form = document.querySelector("form[data-push]");
  if (!form) {
    return;
  }
  const here = form.querySelector("[data-here]");
  const away = form.querySelector("[data-away]");
  const field = (name) => form.elements.namedItem(name);
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  const near = form.querySelector("[data-near]");
  if (near && "geolocation" in navigator) {
    near.hidden = false;
    near.querySelector("button").addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        // About a kilometre is enough.
        field("lat").value = coords.latitude.toFixed(2);
        field("lon").value = coords.longitude.toFixed(2);
        const select = near.querySelector("select");
        near.querySelector("[data-near-choice]").hidden = false;
        select.value = select.value === "0" ? "5" : select.value;
        select.focus();
      });
    });
  }

  if (!able) {
    away.hidden = false;
    return;
  }
  const key = Uint8Array.from(atob(form.dataset.push.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const same = (subscription) => {
    const theirs = new Uint8Array(subscription.options.applicationServerKey ?? []);
    return theirs.length === key.length && theirs.every((byte, at) => byte === key[at]);
  };
  const fill = (subscription) => {
    const { endpoint, keys } = subscription.toJSON();
    Object.entries({ endpoint, ...keys }).forEach(([name, value]) => {
      field(name).value = value;
    });
  };
  const registered = () => navigator.serviceWorker.register("/sw.js", { scope: "/" }).then(() => navigator.serviceWorker.ready);

  const denied = () => {
    here.hidden = Notification.permission === "denied";
    away.hidden = !here.hidden;
  };
  denied();
  navigator.serviceWorker
    .getRegistration()
    .then((registration) => registration?.pushManager.getSubscription())
    .then((known) => {
      if (known && same(known) && Notification.permission === "granted") {
        // Every save says again where this device is: addresses change.
        fill(known);
        here.hidden = form.dataset.known === "yes";
      }
    })
    .catch(() => {});

  here.querySelector("button").addEventListener("click", async (event) => {
    event.preventDefault();
    if ((await Notification.requestPermission()) !== "granted") {
      denied();
      return;
    }
    try {
      const { pushManager } = await registered();
      let subscription = await pushManager.getSubscription();
      if (subscription && !same(subscription)) {
        await subscription.unsubscribe();
        subscription = null;
      }
      subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      fill(subscription);
      form.requestSubmit();
    } catch {
      away.hidden = false;
    }
  });

  // "Stop everything" also takes the browser's own subscription away; the page goes on by itself.
  document.querySelector("form[data-stop]")?.addEventListener("submit", () => {
    navigator.serviceWorker.ready
      .then(({ pushManager }) => pushManager.getSubscription())
      .then((subscription) => subscription?.unsubscribe())
      .catch(() => {});
  });
})();
