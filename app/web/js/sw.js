// The service worker of a village. `SHIPPED` stands above it: version, files, pages, icon, … (see app/web/pwa.py), and
// sw-forms.js, which sends what waits, below.
"use strict";

// The names stay over versions: what somebody kept is not lost with an update, nor the style that it was kept with.
const FILES = "files";
const PAGES = "pages";
const KEPT = "kept";
const DAY_MS = 86_400_000;
const OLDEST_MS = { [PAGES]: 30 * DAY_MS, [KEPT]: 90 * DAY_MS };
const FRESH_MS = 1_800_000;
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
  const loose = keys.filter((one) => !pinned(new URL(one.url)));
  for (const one of loose.slice(0, Math.max(0, keys.length - MOST[name]))) {
    await cache.delete(one, LOOSE);
  }
}

const pinned = (url) => PINNED.includes(url.pathname) || SHIPPED.files.includes(url.pathname + url.search);

/** What has lain here for too long leaves; what is always kept is only renewed. */
async function sweep() {
  for (const [name, oldest] of Object.entries(OLDEST_MS)) {
    const cache = await caches.open(name);
    for (const one of await cache.keys()) {
      const at = Date.parse((await cache.match(one, LOOSE))?.headers.get("x-kept-at") ?? "");
      if (!pinned(new URL(one.url)) && !(Date.now() - at < oldest)) {
        await cache.delete(one, LOOSE);
      }
    }
  }
}

/** The kept page; says in its body from when it is, and offline.js tells the reader. */
async function kept(url, slow = "") {
  for (const name of [PAGES, KEPT]) {
    const found = await (await caches.open(name)).match(url.href, LOOSE);
    if (found) {
      const at = found.headers.get("x-kept-at") || "";
      const text = (await found.text()).replace("<body", `<body data-kept="${at}"${slow}`);
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
    return first || (await kept(url, " data-slow")) || (await asked);
  } catch {
    return (await kept(url)) || (await kept(new URL("/offline", url))) || Response.error();
  }
}

const fresh = async (event) => (await event.preloadResponse) || fetch(event.request);

async function file(event, url) {
  const cache = await caches.open(FILES);
  const found = await cache.match(url.href, LOOSE);
  const asked = async () => {
    const answer = await fetch(event.request);
    if (answer.ok && answer.type === "basic" && !/no-store|private/.test(answer.headers.get("cache-control") || "")) {
      event.waitUntil(put(FILES, url.href, answer.clone()).catch(() => {}));
    }
    return answer;
  };
  if (found && !/immutable/.test(found.headers.get("cache-control") || "")) {
    // It may change under its name: shown at once, and looked at again for the next time.
    event.waitUntil(asked().catch(() => {}));
  }
  return found || asked();
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
      await sweep();
    })(),
  );
});

async function renew(name, path) {
  const url = new URL(path, location.origin);
  if (url.origin === location.origin) {
    // As everybody may read it, whoever is signed in here.
    await keep(name, url, await fetch(url, { headers: { accept: "text/html", "x-pocket": "1" } }));
  }
}

/** Pages that everybody needs without a network, the warnings above all, are never older than the last visit. */
async function renewOld(paths) {
  for (const path of new Set([...PINNED, ...paths])) {
    const found = await (await caches.open(home(path))).match(path, LOOSE);
    if (!(Date.now() - Date.parse(found?.headers.get("x-kept-at") ?? "") < FRESH_MS)) {
      await renew(home(path), path).catch(() => {});
    }
  }
}

const home = (path) => (PINNED.includes(path) ? PAGES : KEPT);

// Push messages.

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // A browser that sees nothing shown takes the permission away.
  }
  event.waitUntil(
    (async () => {
      await self.registration.showNotification(told.title || SHIPPED.name, {
        body: told.title ? told.body : SHIPPED.news,
        tag: told.tag || "news",
        icon: SHIPPED.icon,
        badge: SHIPPED.badge,
        requireInteraction: Boolean(told.urgent),
        data: { href: told.href },
      });
      // What was told can be read where there is no network any more.
      const page = /^\/(?!\/)/.test(told.href ?? "") ? [renew(KEPT, told.href)] : [];
      await Promise.allSettled([...page, ...SHIPPED.pages.map((path) => renew(PAGES, path))]);
    })(),
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
