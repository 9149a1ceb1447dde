// Logs a subject in at the test provider by authorization code with PKCE and prints the access token.
//
//   node login.mjs --issuer http://127.0.0.1:PORT --subject SUBJECT --resource AUDIENCE [--factors one|two]

import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    issuer: { type: 'string' },
    subject: { type: 'string' },
    resource: { type: 'string' },
    client: { type: 'string', default: 'child-index-console' },
    redirect: { type: 'string', default: 'https://console.example/callback' },
    factors: { type: 'string', default: 'two' },
    // Prints the ID token instead, which no resource server may accept.
    'id-token': { type: 'boolean', default: false },
  },
});

const cookies = new Map();

async function get(url) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(';', 1)[0].split('=', 2);
    if (value) cookies.set(name, value);
    else cookies.delete(name);
  }
  return response;
}

function fail(what) {
  console.error(what);
  process.exit(1);
}

const discovered = await (await fetch(`${options.issuer}/.well-known/openid-configuration`)).json();
const verifier = randomBytes(32).toString('base64url');
const start = new URL(discovered.authorization_endpoint);
start.search = new URLSearchParams({
  client_id: options.client,
  redirect_uri: options.redirect,
  response_type: 'code',
  scope: 'openid index',
  resource: options.resource,
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
});

let at = start;
for (let steps = 0; !at.href.startsWith(options.redirect); steps += 1) {
  if (steps === 10) fail(`going in circles at ${at.pathname}`);
  const response = await get(at);
  const next = response.headers.get('location');
  if (!next) fail(`${at.pathname} answered ${response.status}: ${await response.text()}`);
  at = new URL(next, at);
  if (at.pathname.startsWith('/interaction/')) {
    at.search = new URLSearchParams({ subject: options.subject, factors: options.factors });
  }
}
if (!at.searchParams.has('code')) fail(`refused: ${at.search}`);

const response = await fetch(discovered.token_endpoint, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: options.client,
    redirect_uri: options.redirect,
    code: at.searchParams.get('code'),
    code_verifier: verifier,
    resource: options.resource,
  }),
});
const tokens = await response.json();
if (!response.ok) fail(JSON.stringify(tokens));
console.log(options['id-token'] ? tokens.id_token : tokens.access_token);
