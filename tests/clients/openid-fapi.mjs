// openid-client under FAPI 2.0: private_key_jwt, pushed requests, DPoP with the nonce that the provider demands.
// Usage: node openid-fapi.mjs ISSUER CLIENT_ID PRIVATE_JWK COOKIE
import * as oidc from "openid-client";
import { importJWK } from "jose";
import { agree } from "./openid-browser.mjs";

const [issuer, clientId, jwk, cookie] = process.argv.slice(2);
const back = "http://127.0.0.1/tro-ve";
const parsed = JSON.parse(jwk);
const key = await importJWK({ ...parsed, alg: "ES256" }, "ES256");
const config = await oidc.discovery(
  new URL(issuer),
  clientId,
  {},
  oidc.PrivateKeyJwt({ key, kid: parsed.kid }),
  { execute: [oidc.allowInsecureRequests] },
);
const dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256"));
const verifier = oidc.randomPKCECodeVerifier();
const url = await oidc.buildAuthorizationUrlWithPAR(
  config,
  {
    redirect_uri: back,
    scope: "openid profile offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    acr_values: "urn:vn:eid:level:2",
  },
  { DPoP: dpop },
);
const answer = await agree(url, cookie);
const tokens = await oidc.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, idTokenExpected: true }, undefined, {
  DPoP: dpop,
});
const sub = tokens.claims().sub;
const about = await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP: dpop });
const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: dpop });
console.log(
  JSON.stringify({
    kind: tokens.token_type,
    name: about.name,
    acr: tokens.claims().acr,
    pushed: url.searchParams.has("request_uri") && !url.searchParams.has("scope"),
    refreshed: fresh.token_type,
  }),
);
