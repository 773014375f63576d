// A certified OpenID provider (oidc-provider) that vouches for whoever a file names, at the level that the file says.
// node rely-provider.mjs SITE CLIENT_JWK_FILE WHO_FILE  →  first line of output: the issuer.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const [site, keyFile, whoFile] = process.argv.slice(2);
const LEVELS = ["urn:vn:eid:level:1", "urn:vn:eid:level:2"];
const who = () => JSON.parse(readFileSync(whoFile, "utf8"));
const { d, ...publicJwk } = JSON.parse(readFileSync(keyFile, "utf8"));
const signing = (type, options, rest) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), use: "sig", ...rest });

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const grants = new Map();
const provider = new Provider(issuer, {
  acrValues: LEVELS,
  fetch: (url, { dispatcher, ...options }) => fetch(url, options), // the site of the test has a private address
  clients: [
    {
      client_id: "motcua",
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      id_token_signed_response_alg: process.env.SIGNED_BY ?? "ES256",
      jwks: { keys: [publicJwk] },
      redirect_uris: [`${site}/dang-nhap/qua/thu/tro-ve/`],
      post_logout_redirect_uris: [`${site}/dang-xuat/da-roi/`],
      backchannel_logout_uri: `${site}/dang-nhap/qua/thu/dang-xuat-tu-xa/`,
      backchannel_logout_session_required: true,
      require_pushed_authorization_requests: true,
    },
  ],
  claims: { openid: ["sub"], profile: ["full_name"], citizen: ["citizen_id", "tax_code", "organisation_name"] },
  jwks: {
    keys: [
      signing("ec", { namedCurve: "P-256" }, { kid: "ec", alg: "ES256" }),
      signing("rsa", { modulusLength: 2048 }, { kid: "rsa" }),
    ],
  },
  features: {
    devInteractions: { enabled: false },
    pushedAuthorizationRequests: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = `<body>${form}</body>`;
      },
    },
  },
  interactions: { url: (ctx, interaction) => `/sign-in/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, ...who().claims }) }),
  loadExistingGrant: async (ctx) => {
    const accountId = ctx.oidc.session.accountId;
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId });
    grant.addOIDCScope("openid profile citizen");
    grants.set(accountId, await grant.save());
    return grant;
  },
});
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/sign-in/")) return next();
  const { sub, acr } = who();
  await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: sub, acr, amr: ["pin"] } });
  ctx.respond = false;
});
provider.on("server_error", (ctx, error) => console.error(error));
provider.on("backchannel.error", (ctx, error) => console.error("backchannel", error));
server.on("request", provider.callback());
console.log(issuer);
