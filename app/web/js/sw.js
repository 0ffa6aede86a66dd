// The service worker of a village. `SHIPPED` stands above it: version, files, pages, icon, badge (see app/web/pwa.py).
"use strict";

const FILES = `files-${SHIPPED.version}`;
const PAGES = `pages-${SHIPPED.version}`;
const KEPT = `kept-${SHIPPED.version}`;
const MOST = { [FILES]: 150, [PAGES]: 40, [KEPT]: 90 };
const PATIENCE_MS = 3000;
const PINNED = ["/offline", "/", "/saved", ...SHIPPED.pages];
// Pages of a person, of the desk and of programmes: never kept, whatever they say.
const NEVER = /^\/(?:account|sign-|manage|admin|identity|notifications|mine|api|graphql|health|mailbox|open311|sw\.js)/;
const LOOSE = { ignoreVary: true };

// What may be kept.

/** A page may be kept when it says that nobody is signed in on it, and nothing else of it speaks against that. */
async function keepable(url, answer) {
  if (!answer.ok || answer.redirected || answer.type !== "basic" || NEVER.test(url.pathname)) {
    return null;
  }
  if (!(answer.headers.get("content-type") || "").startsWith("text/html")) {
    return null;
  }
  const text = await answer.clone().text();
  const marked = /<meta name="offline" content="(yes|mine)">/.exec(text);
  if (!marked) {
    return null;
  }
  // "mine": made for the choices of this device, so it may lie on this device; nobody else ever gets it.
  const control = answer.headers.get("cache-control") || "";
  return /no-store|private/.test(control) && marked[1] !== "mine" ? null : text;
}

async function keep(name, url, answer) {
  const text = await keepable(url, answer);
  if (text === null) {
    return;
  }
  const kept = new Response(text, {
    headers: { "content-type": "text/html; charset=utf-8", "x-kept-at": new Date().toISOString() },
  });
  await put(name, url.href, kept);
}

/** Put last, so that the first entries are the oldest; more than fits goes, oldest first. */
async function put(name, key, answer) {
  const cache = await caches.open(name);
  await cache.delete(key, LOOSE);
  await cache.put(key, answer);
  const keys = await cache.keys();
  const loose = keys.filter((one) => !PINNED.includes(new URL(one.url).pathname));
  for (const one of loose.slice(0, Math.max(0, keys.length - MOST[name]))) {
    await cache.delete(one, LOOSE);
  }
}

/** The kept page; says in its body from when it is, and offline.js tells the reader. */
async function kept(url) {
  for (const name of [PAGES, KEPT]) {
    const found = await (await caches.open(name)).match(url.href, LOOSE);
    if (found) {
      const at = found.headers.get("x-kept-at") || "";
      const text = (await found.text()).replace("<body", `<body data-kept="${at}"`);
      return new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } });
    }
  }
  return null;
}

// Answering.

async function page(event, url) {
  const asked = fresh(event);
  // It is kept also when it comes too late for this time.
  event.waitUntil(asked.then((answer) => keep(PAGES, url, answer.clone())).catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const first = await Promise.race([asked, late]);
    // On a slow line what was kept comes first; without any the reader waits.
    return first || (await kept(url)) || (await asked);
  } catch {
    return (await kept(url)) || (await kept(new URL("/offline", url))) || Response.error();
  }
}

const fresh = async (event) => (await event.preloadResponse) || fetch(event.request);

async function file(event, url) {
  const cache = await caches.open(FILES);
  const found = await cache.match(url.href, LOOSE);
  if (found) {
    return found;
  }
  const answer = await fetch(event.request);
  if (answer.ok && answer.type === "basic" && !/no-store|private/.test(answer.headers.get("cache-control") || "")) {
    event.waitUntil(put(FILES, url.href, answer.clone()).catch(() => {}));
  }
  return answer;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) {
    return;
  }
  if (event.request.mode === "navigate") {
    const never = NEVER.test(url.pathname);
    event.respondWith(
      never ? fresh(event).catch(async () => (await kept(new URL("/offline", url))) || Response.error()) : page(event, url),
    );
  } else if (/^\/(?:static|town|icons|media)\/|^\/theme\.css$/.test(url.pathname)) {
    event.respondWith(file(event, url));
  }
});

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      await (await caches.open(FILES)).addAll(SHIPPED.files);
      await Promise.allSettled(PINNED.map((path) => renew(PAGES, path)));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = (await caches.keys()).filter((name) => ![FILES, PAGES, KEPT].includes(name));
      await Promise.all(names.map((name) => caches.delete(name)));
      await self.registration.navigationPreload?.enable();
      await self.clients.claim();
    })(),
  );
});

async function renew(name, path) {
  const url = new URL(path, location.origin);
  if (url.origin === location.origin) {
    await keep(name, url, await fetch(url, { headers: { accept: "text/html" } }));
  }
}

// Forms that wait for the network.

function store(mode) {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("village", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("forms", { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result.transaction("forms", mode).objectStore("forms"));
    asked.onerror = () => reject(asked.error);
  });
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let sending = null;

/** Send what waits, one after the other; what the village refuses stays until the person has seen it. */
function sendAll() {
  sending ??= (async () => {
    const told = [];
    for (const form of await done((await store("readonly")).getAll())) {
      if (form.problem) {
        continue;
      }
      const result = await sendOne(form);
      if (result === "sent") {
        await done((await store("readwrite")).delete(form.id));
      } else if (result === "refused") {
        await done((await store("readwrite")).put({ ...form, problem: true }));
      }
      told.push({ result, what: form.what, page: form.page });
      if (result === "away") {
        break;
      }
    }
    return told;
  })().finally(() => {
    sending = null;
  });
  return sending;
}

async function sendOne(form) {
  try {
    const fields = new FormData();
    const fresh = form.fields.some(([name]) => name === "_csrf") ? await token(form.page) : "";
    if (fresh === null) {
      return "refused";
    }
    for (const [name, value] of form.fields) {
      fields.append(name, name === "_csrf" ? fresh : value);
    }
    const body = form.multipart ? fields : new URLSearchParams(fields);
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
    return answer.ok ? "sent" : answer.status >= 500 || answer.status === 429 ? "away" : "refused";
  } catch {
    return "away";
  }
}

/** The token of the session as it is now; null when nobody is signed in any more. */
async function token(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  const found = /name="_csrf" value="([^"]+)"/.exec(answer.ok ? await answer.text() : "");
  return found ? found[1] : null;
}

/** Say what was sent to every open page; what was refused waits for the page that it was typed on. */
async function tellAll(results) {
  const told = results.filter((one) => one.result === "sent");
  for (const client of told.length ? await self.clients.matchAll() : []) {
    client.postMessage({ told });
  }
}

self.addEventListener("sync", (event) => {
  if (event.tag === "forms") {
    event.waitUntil(
      sendAll().then(async (told) => {
        await tellAll(told);
        if (told.some((one) => one.result === "away")) {
          throw new Error("the network is away again");
        }
      }),
    );
  }
});

self.addEventListener("message", (event) => {
  const { form, send, keep: paths, forget, discard } = event.data || {};
  const answer = (value) => event.ports[0]?.postMessage(value);
  event.waitUntil(
    (async () => {
      if (form) {
        await done((await store("readwrite")).add(form));
        // Without Background Sync the next visit sends it.
        await self.registration.sync?.register("forms").catch(() => {});
        answer("kept");
      } else if (send) {
        await tellAll(await sendAll());
        answer(await done((await store("readonly")).getAll()));
      } else if (discard) {
        await done((await store("readwrite")).delete(discard));
        answer("gone");
      } else if (paths) {
        await Promise.allSettled(paths.map((path) => renew(PINNED.includes(path) ? PAGES : KEPT, path)));
        answer("kept");
      } else if (forget) {
        await Promise.all([caches.delete(PAGES), caches.delete(KEPT)]);
        await done((await store("readwrite")).clear());
        answer("gone");
      }
    })(),
  );
});

// Push messages.

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    return;
  }
  event.waitUntil(
    self.registration.showNotification(told.title, {
      body: told.body,
      tag: told.tag,
      icon: SHIPPED.icon,
      badge: SHIPPED.badge,
      requireInteraction: Boolean(told.urgent),
      data: { href: told.href },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.href || "/", location.origin);
  if (url.origin !== location.origin) {
    return;
  }
  event.waitUntil(
    (async () => {
      const open = (await self.clients.matchAll({ type: "window" })).find((one) => one.url === url.href);
      await (open ? open.focus() : self.clients.openWindow(url.href));
    })(),
  );
});

self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(
    (async () => {
      const old = event.oldSubscription;
      if (!old) {
        return;
      }
      const renewed = event.newSubscription || (await self.registration.pushManager.subscribe(old.options));
      const { endpoint, keys } = renewed.toJSON();
      const body = new URLSearchParams({ old: old.endpoint, endpoint, ...keys });
      await fetch("/notifications/renewed", { method: "POST", body, credentials: "omit" });
    })(),
  );
});
