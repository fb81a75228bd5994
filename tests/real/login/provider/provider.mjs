// An OpenID provider on a separate port, with oidc-provider's built-in log-in form: any name, any password.
// Prints its issuer once it listens. Its argument is the address that it may send visitors back to. Ends with its standard input.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

process.stdin.on('end', () => process.exit()).resume();

const [redirectUri] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const issuer = `http://127.0.0.1:${port}`;
  // Cookies know no port: two providers on one host must not take each other's.
  const names = Object.fromEntries(['interaction', 'resume', 'session'].map((use) => [use, `_${use}_${port}`]));
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'shop', client_secret: 'shop-secret', redirect_uris: [redirectUri] }],
    cookies: { keys: [randomBytes(32).toString('hex')], names },
    jwks: { keys: [key] },
    pkce: { required: () => true },
  });
  // The form's font is on a machine that cannot be reached.
  provider.use(async (context, next) => {
    await next();
    if (typeof context.body === 'string') context.body = context.body.replace(/@import url\([^)]*\);/, '');
  });
  provider.on('server_error', (context, error) => console.error(error));
  server.on('request', provider.callback());
  console.log(issuer);
});
