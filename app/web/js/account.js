// Passkeys, and a look at what one types. Every page of the account works without this file, except for passkeys.
(() => {
  "use strict";

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  // The server speaks base64url, the browser wants bytes (WebAuthn level 2, section 5.4).
  function opened(options) {
    const key = { ...options, challenge: toBytes(options.challenge) };
    if (options.user) {
      key.user = { ...options.user, id: toBytes(options.user.id) };
    }
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      if (options[list]) {
        key[list] = options[list].map((one) => ({ ...one, id: toBytes(one.id) }));
      }
    }
    return { publicKey: key };
  }

  function sealed(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) {
        response[name] = toText(credential.response[name]);
      }
    }
    if (credential.response.getTransports) {
      response.transports = credential.response.getTransports();
    }
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    };
  }

  class Refused extends Error {}

  async function post(address, token, body) {
    const answer = await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      headers: { "accept": "application/json", "content-type": "application/json", "x-csrf-token": token },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (!answer.ok) {
      throw new Refused(told.detail || "");
    }
    return told;
  }

  const ways = {
    "sign-in": { options: "/identity/passkey/options", send: "/identity/passkey", ask: (key) => navigator.credentials.get(key) },
    "register": {
      options: "/identity/account/passkeys/options",
      send: "/identity/account/passkeys",
      ask: (key) => navigator.credentials.create(key),
    },
  };

  async function use(box) {
    const way = ways[box.dataset.passkey];
    const options = await post(way.options, box.dataset.csrf, {});
    if (options.location) {
      return options.location;
    }
    const credential = await way.ask(opened(options));
    const name = document.querySelector("#f-name")?.value ?? "";
    const sent = { credential: sealed(credential), next: box.dataset.next, name };
    return (await post(way.send, box.dataset.csrf, sent)).location;
  }

  function worded(box, error) {
    if (error instanceof Refused && error.message) {
      return error.message;
    }
    if (error.name === "InvalidStateError") {
      return box.dataset.known;
    }
    return ["NotAllowedError", "AbortError"].includes(error.name) ? box.dataset.cancelled : box.dataset.failed;
  }

  if (window.PublicKeyCredential) {
    for (const hint of document.querySelectorAll("[data-no-passkey]")) {
      hint.hidden = true;
    }
    for (const box of document.querySelectorAll("[data-passkey]")) {
      const button = box.querySelector("button");
      const message = box.querySelector("[role=alert]");
      box.hidden = false;
      button.addEventListener("click", async () => {
        message.hidden = true;
        button.disabled = true;
        try {
          location.assign(await use(box));
        } catch (error) {
          message.querySelector("span").textContent = worded(box, error);
          message.hidden = false;
          button.disabled = false;
        }
      });
    }
  }

  // Whoever can see what they type chooses longer passwords.
  for (const field of document.querySelectorAll("[data-reveal]")) {
    const label = document.createElement("label");
    const tick = document.createElement("input");
    label.className = "check reveal";
    tick.type = "checkbox";
    label.append(tick, field.dataset.reveal);
    tick.addEventListener("change", () => {
      field.type = tick.checked ? "text" : "password";
    });
    field.after(label);
    field.form?.addEventListener("submit", () => {
      field.type = "password";
    });
  }
})();
