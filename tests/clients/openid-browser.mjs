// A browser without scripts: follows the site's redirects, presses "agree", and gives the address it is sent back to.
export async function agree(url, cookie) {
  const jar = new Map(cookie.split("; ").map((one) => one.split(/=(.*)/s).slice(0, 2)));
  const here = new URL(url);
  let next = new URL(url);
  let body;
  for (let hop = 0; hop < 10; hop += 1) {
    const answer = await fetch(next, {
      method: body ? "POST" : "GET",
      body,
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      jar.set(name, value);
    }
    body = undefined;
    const sent = answer.headers.get("location") ?? answer.headers.get("refresh")?.split("url=")[1];
    if (sent) {
      next = new URL(sent, next);
      if (next.origin !== here.origin) return next;
      continue;
    }
    const html = await answer.text();
    const form = html.match(/<form method="post" action="(\/oidc\/tiep\/[^"]+)">[\s\S]*?<\/form>/);
    if (!form) throw new Error(`${answer.status} at ${next}: no button to press`);
    const token = form[0].match(/name="csrfmiddlewaretoken" value="([^"]+)"/)[1];
    body = new URLSearchParams({ csrfmiddlewaretoken: token, act: "agree" });
    for (const box of form[0].matchAll(/name="scope" type="checkbox" value="(\w+)"/g)) body.append("scope", box[1]);
    next = new URL(form[1], next);
  }
  throw new Error("too many steps");
}
