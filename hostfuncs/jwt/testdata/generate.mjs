// Writes what jsonwebtoken does, as rows that jwt_test.go reads:
//   {"keys": {name: {"private": PEM, "public": PEM}}}, which rows name as "@name.private" and "@name.public"
//   {"sign": {inputs of the card}, "token": text or null (an error)}
//   {"verify": {inputs of the card}, "now": seconds, "claims": object or null (an error)}
//   {"span": text or number, "at": seconds or null (an error)}
// The clock stands at 2016-09-07T16:55:25.670Z; the keys are new on every run.
// Run it outside the repository:
//   cp package.json generate.mjs /tmp/jwt && cd /tmp/jwt && npm install && node generate.mjs > rows.jsonl
// then copy rows.jsonl back here.
import crypto from 'node:crypto';
import jwt from 'jsonwebtoken';

const start = Date.parse('2016-09-07T16:55:25.670Z');
let clock = start;
Date.now = () => clock;
const row = (r) => process.stdout.write(JSON.stringify(r) + '\n');
const attempt = (f) => {
  try {
    return f();
  } catch {
    return null;
  }
};

const pem = (type, options) => crypto.generateKeyPairSync(type, {
  ...options, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const keys = {};
for (const [name, type, options] of [['rsa', 'rsa', { modulusLength: 2048 }], ['p256', 'ec', { namedCurve: 'P-256' }], ['p384', 'ec', { namedCurve: 'P-384' }], ['p521', 'ec', { namedCurve: 'P-521' }]]) {
  const pair = pem(type, options);
  keys[name] = { private: pair.privateKey, public: pair.publicKey };
}
row({ keys });
const named = (key) => {
  for (const [name, pair] of Object.entries(keys)) for (const half of ['private', 'public']) if (pair[half] === key) return `@${name}.${half}`;
  return key;
};

const sign = (key, options, payload) => {
  const o = { ...options };
  if (o.header !== undefined) o.header = JSON.parse(o.header);
  return attempt(() => jwt.sign(payload, key, o));
};
const signRow = (key, options, payload) => row({ sign: { key: named(key), options, payload }, token: sign(key, options, payload) });

const payloads = [{}, { name: 'John Doe', sub: '1234567890' }, { b: 1.5, a: [1, 'x', null, { y: true }], '1': 'ä😀"\\\n' }, { iat: 1000 }, { iat: 1000, z: 1 }, { exp: 1473270000 }, { nbf: 5, exp: 6 }];
const optionSets = [{}, { noTimestamp: true }, { expiresIn: 60 }, { expiresIn: '10 minutes', notBefore: '7d' }, { notBefore: -5, noTimestamp: true }, { audience: 'you', issuer: 'me', subject: 's1', jwtid: 'j1' }, { header: '{"kid":"k1"}' },
  { header: '{"typ":"at+jwt","x":[1]}', expiresIn: '60' }, { subject: 'twice' }, { expiresIn: 1.5 }, { notBefore: 'soon' }, { expiresIn: 0 }];
for (const algorithm of ['HS256', 'HS384', 'HS512']) for (const o of optionSets) for (const p of payloads) signRow('secret', { algorithm, ...o }, p);
for (const algorithm of ['RS256', 'RS384', 'RS512']) for (const p of payloads) signRow(keys.rsa.private, { algorithm, noTimestamp: true }, p);
for (const p of [{ iat: 'x' }, { exp: 'x' }, { nbf: '1' }, { aud: 'x' }, { iss: 1, jti: 2 }]) for (const o of [{}, { audience: 'you', issuer: 'me' }, { noTimestamp: true }]) signRow('secret', { algorithm: 'HS256', ...o }, p);
signRow('', { algorithm: 'HS256' }, {});
signRow(keys.rsa.private, { algorithm: 'HS256' }, {});
signRow('secret', { algorithm: 'RS256' }, {});
signRow(keys.p256.private, { algorithm: 'RS256' }, {});
signRow(keys.p256.private, { algorithm: 'ES384' }, {});
signRow(keys.rsa.private, { algorithm: 'ES256' }, {});
signRow(keys.rsa.public, { algorithm: 'RS256' }, {});

const all = { HS256: 'secret', HS384: 'secret', HS512: 'secret', RS256: 'rsa', RS384: 'rsa', RS512: 'rsa', PS256: 'rsa', PS384: 'rsa', PS512: 'rsa', ES256: 'p256', ES384: 'p384', ES512: 'p521' };
const verifyRow = (token, key, options, now = start) => {
  clock = now;
  const { algorithm, ...o } = options;
  row({ verify: { token, key: named(key), options }, now: Math.floor(now / 1000), claims: attempt(() => jwt.verify(token, key, { algorithms: [algorithm], ...o })) });
  clock = start;
};
const priv = (k) => keys[k]?.private ?? k;
const pub = (k) => keys[k]?.public ?? k;
for (const [algorithm, k] of Object.entries(all)) {
  const token = jwt.sign({ a: 1, aud: ['x', 'you'], iss: 'me', sub: 's' }, priv(k), { algorithm, expiresIn: 60, notBefore: 10 });
  for (const s of [0, 9, 10, 59, 60, 61]) verifyRow(token, pub(k), { algorithm }, start + s * 1000);
  verifyRow(token, pub(k), { algorithm, ignoreExpiration: true }, start + 1e8);
  for (const o of [{ audience: 'you' }, { audience: 'yo' }, { issuer: 'me' }, { issuer: 'Me' }, { subject: 's' }, { subject: 'x' }, { audience: 'x', issuer: 'me', subject: 's' }]) verifyRow(token, pub(k), { algorithm, ...o }, start + 20e3);
  for (const other of Object.keys(all)) if (other !== algorithm) verifyRow(token, pub(all[other]), { algorithm: other }, start + 20e3), verifyRow(token, pub(k), { algorithm: other }, start + 20e3);
  const [h, p, s] = token.split('.');
  const flip = (t) => (t[5] === 'A' ? t.slice(0, 5) + 'B' + t.slice(6) : t.slice(0, 5) + 'A' + t.slice(6));
  for (const bad of [`${h}.${p}.`, `${h}.${p}`, `${h}.${flip(p)}.${s}`, `${h}.${p}.${flip(s)}`, `${h}.${p}.${s}.${s}`, '', 'x', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${p}.`, `${Buffer.from('{"alg":"none"}').toString('base64url')}.${p}.${s}`])
    verifyRow(bad, pub(k), { algorithm }, start + 20e3);
}
for (const c of [{ exp: 'x' }, { nbf: 'x' }, { exp: 1473270000.5 }, { aud: 'you' }, { aud: 1 }, {}]) {
  const h = Buffer.from('{"alg":"HS256"}').toString('base64url'), p = Buffer.from(JSON.stringify(c)).toString('base64url');
  const token = `${h}.${p}.${crypto.createHmac('sha256', 'secret').update(`${h}.${p}`).digest('base64url')}`;
  for (const o of [{}, { audience: 'you' }, { ignoreExpiration: true }]) verifyRow(token, 'secret', { algorithm: 'HS256', ...o });
}
// The classic confusion: the public key as a shared secret.
{
  const h = Buffer.from('{"alg":"HS256"}').toString('base64url'), p = Buffer.from('{"admin":true}').toString('base64url');
  const token = `${h}.${p}.${crypto.createHmac('sha256', keys.rsa.public).update(`${h}.${p}`).digest('base64url')}`;
  verifyRow(token, keys.rsa.public, { algorithm: 'RS256' });
  verifyRow(token, keys.rsa.public, { algorithm: 'HS256' });
}

for (const span of [60, 0, -1, 1.5, 1e21, '1d', '20h', '10 minutes', '2 days', '7d', '10h', '1.5h', '.5h', '-.5 h', '-3 min', '100', '1y', '1 yr', '2 yrs', '1 year', '3 years', '1w', '1 week', '2 weeks', '5s', '5 sec', '5 secs', '5 second', '5 seconds', '5m', '5 min',
  '5 mins', '5 minute', '1 hr', '2 hrs', '1 hour', '2 hours', '1 day', '1500ms', '1 msec', '1 msecs', '1 millisecond', '1999 milliseconds', '1D', '1 DAYS', '1  d', ' 1d', '1d ', '1 fortnight', 'd', '1d2h', '+1d', '1,5h', '1e3', '0x10', '1.', '1..5d', '--1d', 'soon', '9'.repeat(101), '1\td'])
  row({ span, at: (attempt(() => jwt.decode(jwt.sign({}, 'k', { expiresIn: span }))) ?? { exp: null }).exp });
