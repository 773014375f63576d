// A phone's wallet built on the OpenWallet Foundation's libraries. Reads one step as JSON from standard input:
//   {"step": "receive", "offer", "tx_code", "keys"}              → {"credentials", "keys", "issuer", "refused"}
//   {"step": "begin", "offer", "client", "back"}                 → {"url", "state"}: where a person signs in
//   {"step": "finish", "code", "state"}                          → as "receive", by the code and a key of DPoP
//   {"step": "present", "link", "credential", "key", "show", …}  → {"status", "purpose", "client", "refused"}
// `show` names the disclosures to keep; `tamper` changes the request's answer for tests of attacks.
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { setGlobalConfig, clientAuthenticationAnonymous, clientAuthenticationNone } from "@openid4vc/oauth2";
import { Openid4vciClient } from "@openid4vc/openid4vci";
import { Openid4vpClient } from "@openid4vc/openid4vp";
import * as jose from "jose";

setGlobalConfig({ allowInsecureUrls: true });
const now = () => Math.floor(Date.now() / 1000);
const hash = (data, algorithm) => createHash(algorithm.replace("-", "").toLowerCase()).update(data).digest();
const secretKeys = new Map();

async function newKey() {
  const { privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
  return remember(await jose.exportJWK(privateKey));
}
async function remember(jwk) {
  const { d, ...open } = jwk;
  secretKeys.set(await jose.calculateJwkThumbprint(open), jwk);
  return { private: jwk, public: open };
}

const callbacks = {
  hash,
  generateRandom: (length) => randomBytes(length),
  clientAuthentication: clientAuthenticationAnonymous(),
  getX509CertificateMetadata: () => ({ sanDnsNames: [], sanUriNames: [] }),
  async signJwt(signer, { header, payload }) {
    const jwk = secretKeys.get(await jose.calculateJwkThumbprint(signer.publicJwk));
    const jwt = await new jose.SignJWT(payload).setProtectedHeader(header).sign(await jose.importJWK(jwk, "ES256"));
    return { jwt, signerJwk: signer.publicJwk };
  },
  async verifyJwt(signer, { compact }) {
    const pem = new X509Certificate(Buffer.from(signer.x5c[0], "base64")).publicKey;
    try {
      await jose.compactVerify(compact, pem, { algorithms: ["ES256"] });
      return { verified: true, signerJwk: await jose.exportJWK(pem) };
    } catch {
      return { verified: false };
    }
  },
  async encryptJwe(encryptor, data) {
    const header = { alg: encryptor.alg, enc: encryptor.enc, kid: encryptor.publicJwk.kid };
    const key = await jose.importJWK(encryptor.publicJwk, encryptor.alg);
    const jwe = await new jose.CompactEncrypt(new TextEncoder().encode(data)).setProtectedHeader(header).encrypt(key);
    return { jwe, encryptionJwk: encryptor.publicJwk };
  },
  decryptJwe: async () => ({ decrypted: false }),
};

async function receive({ offer, tx_code, keys: count = 1 }) {
  const client = new Openid4vciClient({ callbacks });
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const { accessTokenResponse } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer, issuerMetadata, txCode: tx_code,
  });
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
  const keys = await Promise.all(Array.from({ length: count }, newKey));
  const proofs = [];
  for (const key of keys) {
    const signer = { method: "jwk", publicJwk: key.public, alg: "ES256" };
    const proof = { issuerMetadata, credentialConfigurationId, signer, nonce, issuedAt: new Date() };
    proofs.push((await client.createCredentialRequestJwtProof(proof)).jwt);
  }
  const accessToken = accessTokenResponse.access_token;
  const { credentialResponse } = await client.retrieveCredentials({
    issuerMetadata, accessToken, credentialConfigurationId, proofs: { jwt: proofs },
  });
  const notification = { notificationId: credentialResponse.notification_id, event: "credential_accepted" };
  await client.sendNotification({ issuerMetadata, accessToken, notification });
  return {
    credentials: credentialResponse.credentials.map((one) => one.credential),
    keys: keys.map((key) => key.private),
    issuer: issuerMetadata.credentialIssuer.credential_issuer,
  };
}

async function begin({ offer, client: clientId, back, details }) {
  const client = new Openid4vciClient({ callbacks });
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const [type] = credentialOffer.credential_configuration_ids;
  const key = await newKey();
  const signer = { method: "jwk", publicJwk: key.public, alg: "ES256" };
  const wish = [{ type: "openid_credential", credential_configuration_id: type }];
  const made = await client.createAuthorizationRequestUrlFromOffer({
    credentialOffer, issuerMetadata, clientId, redirectUri: back, dpop: { signer },
    ...(details ? { additionalRequestPayload: { authorization_details: JSON.stringify(wish) } } : { scope: type }),
  });
  const state = { credentialOffer, clientId, back, key: key.private, verifier: made.pkce.codeVerifier };
  return { url: made.authorizationRequestUrl, state };
}

async function finish({ code, state }) {
  const { credentialOffer, clientId, back, verifier } = state;
  const all = { ...callbacks, clientAuthentication: clientAuthenticationNone({ clientId }) };
  const client = new Openid4vciClient({ callbacks: all });
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const bound = await remember(state.key);
  const dpop = { signer: { method: "jwk", publicJwk: bound.public, alg: "ES256" } };
  const { accessTokenResponse } = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
    credentialOffer, issuerMetadata, authorizationCode: code, pkceCodeVerifier: verifier, redirectUri: back, dpop,
  });
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
  const key = await newKey();
  const signer = { method: "jwk", publicJwk: key.public, alg: "ES256" };
  const proof = { issuerMetadata, credentialConfigurationId, signer, nonce, issuedAt: new Date() };
  const { jwt } = await client.createCredentialRequestJwtProof(proof);
  const { credentialResponse } = await client.retrieveCredentials({
    issuerMetadata, accessToken: accessTokenResponse.access_token, credentialConfigurationId,
    proofs: { jwt: [jwt] }, dpop,
  });
  return {
    credentials: credentialResponse.credentials.map((one) => one.credential),
    keys: [key.private], kind: accessTokenResponse.token_type, details: accessTokenResponse.authorization_details,
  };
}

async function present({ link, credential, key, show, tamper = {} }) {
  const holder = await remember(key);
  const client = new Openid4vpClient({ callbacks });
  const fetching = tamper.request ? { ...callbacks, fetch: altering(tamper.request) } : callbacks;
  const verifier = new Openid4vpClient({ callbacks: fetching });
  const { params } = verifier.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
  const asked = await verifier.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: params });
  const request = { ...asked.authorizationRequestPayload };
  const [token, ...disclosures] = credential.split("~").slice(0, -1);
  const kept = disclosures.filter((one) => {
    const parts = JSON.parse(Buffer.from(one, "base64url").toString());
    return show.includes(parts[1]);
  });
  const presentation = [token, ...kept, ""].join("~");
  const binding = await callbacks.signJwt(
    { publicJwk: holder.public },
    {
      header: { alg: "ES256", typ: "kb+jwt" },
      payload: {
        iat: now(),
        aud: request.client_id,
        nonce: tamper.nonce ?? request.nonce,
        sd_hash: hash(Buffer.from(presentation), "sha-256").toString("base64url"),
      },
    },
  );
  const [query] = request.dcql_query.credentials;
  const { authorizationResponsePayload, jarm } = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: { ...request, state: tamper.state ?? request.state },
    authorizationResponsePayload: { vp_token: { [query.id]: [presentation + binding.jwt] } },
    jarm: {
      encryption: { nonce: randomBytes(16).toString("base64url") },
      serverMetadata: {
        authorization_encryption_alg_values_supported: ["ECDH-ES"],
        authorization_encryption_enc_values_supported: ["A128GCM"],
        authorization_signing_alg_values_supported: [],
      },
    },
  });
  const { response } = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request, authorizationResponsePayload, jarm,
  });
  return {
    status: response.status, purpose: request.purpose, client: request.client_metadata.client_name,
    query: request.dcql_query, version: asked.version, told: await response.text(),
  };
}

function altering(change) {
  return async (...given) => {
    const answer = await fetch(...given);
    const [header, payload, signature] = (await answer.text()).split(".");
    const said = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), ...change };
    const body = [header, Buffer.from(JSON.stringify(said)).toString("base64url"), signature].join(".");
    return new Response(body, { status: answer.status, headers: answer.headers });
  };
}

let text = "";
for await (const chunk of process.stdin) text += chunk;
const asked = JSON.parse(text);
try {
  const done = await { receive, begin, finish, present }[asked.step](asked);
  process.stdout.write(JSON.stringify(done));
} catch (refused) {
  const told = refused.errorResponse ?? refused.response?.credentialErrorResponseResult?.data ?? {};
  process.stdout.write(JSON.stringify({ refused: refused.message, error: told.error ?? "" }));
}
