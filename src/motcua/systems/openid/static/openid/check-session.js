// OpenID Connect Session Management 1.0 section 3.2: an application's page asks, this frame answers.
const COOKIE = "oidc_phien=";

function browserState() {
  const found = document.cookie.split("; ").find((one) => one.startsWith(COOKIE));
  return found ? found.slice(COOKIE.length) : "";
}

async function hashed(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function judge(question, origin) {
  const [client, told, ...more] = String(question).split(" ");
  const salt = told?.split(".")[1];
  if (!client || !salt || more.length) return "error";
  const now = `${await hashed(`${client} ${origin} ${browserState()} ${salt}`)}.${salt}`;
  return now === told ? "unchanged" : "changed";
}

addEventListener("message", async (event) => {
  if (event.source === window || event.origin === "null") return;
  event.source.postMessage(await judge(event.data, event.origin), event.origin);
});
