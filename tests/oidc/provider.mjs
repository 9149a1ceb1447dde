// An OpenID provider on a loopback port, with logins by script and signing keys that rotate on demand.
//
//   node provider.mjs --audience https://index.example --client child-index-console [--algorithm ES256]
//
// Prints one line of JSON, {"issuer", "jwks_url", "client_id", "redirect_uri"}, when it is ready, and serves until its
// standard input closes, so that it never outlives the suite that started it.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';

const { values: options } = parseArgs({
  options: {
    audience: { type: 'string' },
    client: { type: 'string', default: 'child-index-console' },
    algorithm: { type: 'string', default: 'ES256' },
  },
});

const SCOPE = 'index';
const REDIRECT_URI = 'https://console.example/callback';
const KEY_TYPES = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
  RS256: ['rsa', { modulusLength: 2048 }],
};
// How a login was made, by the names registered for it (REFEDS; RFC 8176).
const FACTORS = {
  one: { acr: 'https://refeds.org/profile/sfa', amr: ['pwd'] },
  two: { acr: 'https://refeds.org/profile/mfa', amr: ['pwd', 'otp', 'mfa'] },
};

function newKey() {
  const [type, parameters] = KEY_TYPES[options.algorithm];
  const jwk = generateKeyPairSync(type, parameters).privateKey.export({ format: 'jwk' });
  return { ...jwk, use: 'sig', alg: options.algorithm, kid: randomBytes(9).toString('base64url') };
}

function newProvider(issuer, keys) {
  const provider = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: [randomBytes(24).toString('hex')] },
    clients: [
      {
        client_id: options.client,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [REDIRECT_URI],
        id_token_signed_response_alg: options.algorithm,
      },
    ],
    findAccount: (_context, subject) => ({ accountId: subject, claims: () => ({ sub: subject }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    acrValues: Object.values(FACTORS).map(({ acr }) => acr),
    scopes: ['openid', SCOPE],
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        // Any resource may be asked for: a token for another one is what the index has to refuse.
        getResourceServerInfo: (_context, resource) => ({
          scope: SCOPE,
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: options.algorithm } },
        }),
        defaultResource: () => options.audience,
        useGrantedResource: () => true,
      },
    },
    formats: {
      customizers: {
        // The login's strength reaches the access token only here; `nbf` is optional in RFC 9068 and required by the index.
        jwt(context, _token, jwt) {
          const { acr, amr, authTime } = context.oidc.entities.AuthorizationCode;
          Object.assign(jwt.payload, { acr, amr, auth_time: authTime, nbf: jwt.payload.iat });
        },
      },
    },
    async loadExistingGrant(context) {
      const { client, session, params, provider: issuedBy } = context.oidc;
      const grant = new issuedBy.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope);
      for (const resource of [params.resource ?? options.audience].flat()) grant.addResourceScope(resource, SCOPE);
      await grant.save();
      return grant;
    },
  });
  provider.on('server_error', (_context, error) => console.error(error));
  return provider;
}

// The login page: takes the subject and how many factors they showed, which a person would have typed.
async function login(provider, request, response) {
  const fields = new URL(request.url, provider.issuer).searchParams;
  const { acr, amr } = FACTORS[fields.get('factors') ?? 'two'];
  await provider.interactionFinished(request, response, {
    login: { accountId: fields.get('subject'), acr, amr, remember: false },
  });
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let keys = [newKey()];
  let provider = newProvider(issuer, keys);

  server.on('request', (request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer);
    if (pathname.startsWith('/interaction/')) {
      login(provider, request, response).catch((error) => response.writeHead(500).end(String(error)));
    } else if (pathname === '/rotate' && request.method === 'POST') {
      // A new key signs from now on; the old ones stay published unless they are to be dropped.
      keys = [newKey(), ...(searchParams.has('drop') ? [] : keys)];
      provider = newProvider(issuer, keys);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kid: keys[0].kid, published: keys.length }));
    } else {
      provider.callback()(request, response);
    }
  });
  console.log(
    JSON.stringify({ issuer, jwks_url: `${issuer}/jwks`, client_id: options.client, redirect_uri: REDIRECT_URI }),
  );
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
