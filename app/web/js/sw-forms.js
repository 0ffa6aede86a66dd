// Forms that wait for the network: the second part of the service worker, behind sw.js.

const LONGEST_MS = 7 * DAY_MS;
// The village knows a form again for a day; then a person decides whether it goes a second time.
const KNOWN_MS = 23 * 3_600_000;
const FORGOTTEN_MS = 30 * DAY_MS;
const MOST_FORMS = 30;

function store(mode, name = "forms") {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("village", 2);
    asked.onupgradeneeded = () => {
      const { objectStoreNames: there } = asked.result;
      there.contains("forms") || asked.result.createObjectStore("forms", { keyPath: "id", autoIncrement: true });
      there.contains("facts") || asked.result.createObjectStore("facts");
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result.transaction(name, mode).objectStore(name));
    };
    asked.onerror = () => reject(asked.error);
  });
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const all = async () => done((await store("readonly")).getAll());
const write = async (form) => done((await store("readwrite")).put(form));
const drop = async (id) => done((await store("readwrite")).delete(id));

/** Whoever was signed in last, as a mark that says nothing; "" is nobody. */
const lastPerson = async () => (await done((await store("readonly", "facts")).get("me"))) ?? "";
const remember = async (me) => done((await store("readwrite", "facts")).put(me, "me"));

const isOld = ({ at, tried, now }) => !now && (Date.now() - at > LONGEST_MS || (tried && Date.now() - tried > KNOWN_MS));

/** What waits for a person; forms of others on the same device are neither shown to them nor sent for them. */
async function listed(me) {
  const person = me ?? (await lastPerson());
  return (await all()).filter(({ who }) => (who ?? "") === person).map((form) => ({ ...form, old: isOld(form) }));
}

async function take(form, me) {
  const who = me ?? (await lastPerson());
  const said = ({ action, fields }) => JSON.stringify([action, fields.filter(([name]) => !/^_(?:csrf|once)$/.test(name))]);
  const there = await all();
  for (const one of there) {
    if (Date.now() - one.at > FORGOTTEN_MS || (one.who === who && !form.multipart && !one.multipart && said(one) === said(form))) {
      await drop(one.id);
    }
  }
  if (there.length >= MOST_FORMS) {
    throw new Error("too much waits here");
  }
  await done((await store("readwrite")).add({ ...form, who }));
  // Without Background Sync the next visit sends it.
  await self.registration.sync?.register("forms").catch(() => {});
}

let sending = null;

/** Send what waits, one after the other; what the village refuses stays until the person has seen it. */
function sendAll() {
  sending ??= (async () => {
    const told = [];
    if (!(await all()).some((form) => !form.problem && !isOld(form))) {
      return told;
    }
    const person = await whoIsIt();
    for (const form of person ? await listed(person.me) : []) {
      if (form.problem || form.old) {
        continue;
      }
      await write({ ...form, tried: form.tried ?? Date.now() });
      const result = await sendOne(form, person.csrf);
      if (result === "sent") {
        await drop(form.id);
      } else if (result === "refused") {
        await write({ ...form, problem: true });
      }
      told.push({ result, what: form.what, page: form.page });
      if (result === "away") {
        break;
      }
    }
    return person ? told : [{ result: "away" }];
  })().finally(() => {
    sending = null;
  });
  return sending;
}

/** Who is signed in now, with the token of the session; null when the village can't be asked. */
async function whoIsIt() {
  try {
    const answer = await fetch("/mine/device", { headers: { accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) {
      return null;
    }
    const person = await answer.json();
    await remember(person.me);
    return person;
  } catch {
    return null;
  }
}

async function sendOne(form, csrf) {
  try {
    const fields = new FormData();
    if (csrf) {
      // It stands before the files.
      fields.append("_csrf", csrf);
    }
    for (const [name, value] of form.fields) {
      if (name !== "_csrf") {
        fields.append(name, value);
      }
    }
    const body = form.multipart ? fields : new URLSearchParams(fields);
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" }, redirect: "manual" });
    if (answer.ok || answer.type === "opaqueredirect") {
      return "sent";
    }
    return answer.status >= 500 || answer.status === 429 ? "away" : "refused";
  } catch {
    return "away";
  }
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
  const { form, send, list, now, keep: paths, changed, forget, discard, me } = event.data || {};
  const answer = (value) => event.ports[0]?.postMessage(value);
  event.waitUntil(
    (async () => {
      if (form) {
        await take(form, me);
        answer(await listed(me));
      } else if (send || now) {
        if (now) {
          const found = (await listed(me)).find((one) => one.id === now);
          await (found && write({ ...found, now: true }));
        }
        if (me !== undefined) {
          await remember(me);
        }
        await tellAll(await sendAll());
        answer(await listed(me));
      } else if (list) {
        answer(await listed(me));
      } else if (discard) {
        if ((await listed(me)).some((one) => one.id === discard)) {
          await drop(discard);
        }
        answer(await listed(me));
      } else if (paths) {
        await Promise.allSettled((changed ?? []).map((path) => renew(home(path), path)));
        await renewOld(paths);
        answer("kept");
      } else if (forget) {
        await Promise.all([caches.delete(PAGES), caches.delete(KEPT)]);
        for (const one of await listed(me)) {
          await drop(one.id);
        }
        await remember("");
        answer("gone");
      }
    })(),
  );
});
