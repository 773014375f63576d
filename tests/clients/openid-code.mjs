// openid-client drives the provider as an application of others would: code and PKCE, refresh, revocation, logout.
// Usage: node openid-code.mjs ISSUER CLIENT_ID CLIENT_SECRET COOKIE
import * as oidc from "openid-client";
import { agree } from "./openid-browser.mjs";

const [issuer, clientId, secret, cookie] = process.argv.slice(2);
const back = "http://127.0.0.1/tro-ve";
const config = await oidc.discovery(new URL(issuer), clientId, secret, undefined, { execute: [oidc.allowInsecureRequests] });
const verifier = oidc.randomPKCECodeVerifier();
const state = oidc.randomState();
const nonce = oidc.randomNonce();
const url = oidc.buildAuthorizationUrl(config, {
  redirect_uri: back,
  scope: "openid profile offline_access",
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
const answer = await agree(url, cookie);
const tokens = await oidc.authorizationCodeGrant(config, answer, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const sub = tokens.claims().sub;
const about = await oidc.fetchUserInfo(config, tokens.access_token, sub);
const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
const told = await oidc.tokenIntrospection(config, fresh.access_token);
await oidc.tokenRevocation(config, fresh.refresh_token);
const after = await oidc.tokenIntrospection(config, fresh.access_token);
const out = oidc.buildEndSessionUrl(config, { id_token_hint: fresh.id_token, post_logout_redirect_uri: back, state: "bye" });
const left = await fetch(out, { headers: { cookie }, redirect: "manual" });
console.log(
  JSON.stringify({
    name: about.name,
    acr: tokens.claims().acr,
    rotated: fresh.refresh_token !== tokens.refresh_token,
    active: told.active,
    active_after: after.active,
    left: left.headers.get("location"),
    sid: tokens.claims().sid,
    sub,
  }),
);
