// Passkeys (W3C Web Authentication Level 3). A form with data-passkey stays hidden where the browser cannot, and where
// the site has no name but a number, for keys belong to names; pressing its button asks the authenticator and posts the
// answer in the field `credential`. What goes wrong is told in the form's element [data-problem].
//   create  register a new key       options in data-options
//   get     prove with a known key   options in data-options
//   login   sign in with a passkey   options fetched from data-options-url, so that a page may be cached

const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const known = (list) => (list ?? []).map((one) => ({ ...one, id: octets(one.id) }));

function creation({ publicKey }) {
  return {
    publicKey: {
      ...publicKey,
      challenge: octets(publicKey.challenge),
      user: { ...publicKey.user, id: octets(publicKey.user.id) },
      excludeCredentials: known(publicKey.excludeCredentials),
    },
  };
}

function request({ publicKey }) {
  return {
    publicKey: { ...publicKey, challenge: octets(publicKey.challenge), allowCredentials: known(publicKey.allowCredentials) },
  };
}

function spoken(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const said = Object.fromEntries(parts.filter((name) => response[name]).map((name) => [name, text(response[name])]));
  return {
    type: credential.type,
    id: credential.id,
    rawId: text(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { ...said, transports: response.getTransports?.() },
  };
}

async function options(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  return (await answer.json()).request_options;
}

async function ask(form) {
  const given = await options(form);
  if (form.dataset.passkey === "create") {
    const wanted = creation(given);
    if (form.elements.passwordless?.checked) {
      wanted.publicKey.authenticatorSelection = {
        ...wanted.publicKey.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      };
    }
    return navigator.credentials.create(wanted);
  }
  return navigator.credentials.get(request(given));
}

const isNumber = /^[\d.]+$|^\[/.test(location.hostname);

function tell(form, shown) {
  const place = form.querySelector("[data-problem]");
  if (place) place.hidden = !shown;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || isNumber) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    tell(form, false);
    try {
      form.elements.credential.value = JSON.stringify(spoken(await ask(form)));
      form.submit();
    } catch (problem) {
      const givenUp = problem.name === "NotAllowedError" || problem.name === "AbortError";
      tell(form, !givenUp);
    }
  });
}
