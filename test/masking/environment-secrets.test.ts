import assert from 'node:assert/strict'
import {test} from 'node:test'
import {secretsOf} from '../../src/masking/environment-secrets.js'

const names = (env: Record<string, string>) =>
  Object.keys(env).filter((name) => secretsOf({[name]: env[name]}).length > 0)

test('values of variables with secret names are secret', () => {
  const env = {
    ANTHROPIC_API_KEY: 'sk-dummy-1',
    GITHUB_TOKEN: 'value-of-it',
    MULTICA_TOKEN: 'value-of-it',
    AWS_SECRET_ACCESS_KEY: 'value-of-it',
    PGPASSWORD: 'value-of-it',
    MYSQL_PWD: 'value-of-it',
    DB_PASS: 'value-of-it',
    SENTRY_DSN: 'https://abc@sentry.example/1',
    npm_config__authToken: 'value-of-it',
    client_secret: 'value-of-it',
    API_TOKEN2: 'value-of-it',
    APIKEY: 'value-of-it',
    SECRET_KEY: '/Aa1'.repeat(10),
    DATABASE_URL: 'postgres://u:long-enough@db/x',
  }
  assert.deepEqual(names(env), Object.keys(env))
})

test('what looks secret and is not stays readable', () => {
  const env = {
    PWD: '/home/me/project',
    OLDPWD: '/home/me/project',
    SSH_AUTH_SOCK: '/run/user/1000/agent',
    XAUTHORITY: '/home/me/.Xauthority',
    AWS_SHARED_CREDENTIALS_FILE: '/home/me/.aws/credentials',
    TOKEN_URL: 'https://login.example/token',
    DATABASE_URL: 'postgres://db/x',
    SECRET_ENABLED: 'true',
    KEY: 'short',
    SSH_KEY: '~/.ssh/id_ed25519',
    KEYBOARD: 'qwertz-layout',
    MONKEY: 'curious-george',
    AUTHOR: 'Ada Lovelace',
    HOME: '/home/longname',
    PASS_THROUGH: 'false',
    TOKENIZERS_PARALLELISM: 'something',
  }
  assert.deepEqual(names(env), [])
})

test('of a URL only the password is secret', () => {
  assert.deepEqual(secretsOf({DATABASE_URL: 'postgres://me:long-enough@db/x'}), ['long-enough'])
  assert.deepEqual(secretsOf({HTTPS_PROXY: 'http://me:p%40ss-word@proxy:1'}), [
    'p%40ss-word',
    'p@ss-word',
  ])
})
