// An authorization server for the tests: npm oidc-provider, as it comes, with
// its development pages for signing in and consenting. The folder with
// node_modules is the first argument; the issuer is printed as one line once it
// listens. It ends when standard input does.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const lib = join(process.argv[2], 'node_modules', 'oidc-provider', 'lib', 'index.js');
const { default: Provider } = await import(pathToFileURL(lib).href);

const client = (id, more) => ({
  client_id: id,
  client_secret: more.token_endpoint_auth_method === 'none' ? undefined : `secret of ${id}: cAnArY/+%`,
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
  ...more,
});

const browser = {
  application_type: 'native', // RFC 8252: loopback redirects
  redirect_uris: ['http://127.0.0.1/oauth/tracker/cb'],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      client('code basic', { ...browser, token_endpoint_auth_method: 'client_secret_basic' }),
      client('code-post', { ...browser, token_endpoint_auth_method: 'client_secret_post' }),
      client('code-none', { ...browser, token_endpoint_auth_method: 'none' }),
      client('cc basic', { token_endpoint_auth_method: 'client_secret_basic' }),
      client('cc-post', { token_endpoint_auth_method: 'client_secret_post' }),
    ],
    scopes: ['openid', 'offline_access', 'read', 'write'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true },
    },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: 600, ClientCredentials: 600, RefreshToken: 3600, Interaction: 600, Session: 600, Grant: 3600 },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
