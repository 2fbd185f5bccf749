import assert from 'node:assert/strict'
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import type {ConfigFile} from '../../src/settings/config-file.js'
import {knownProfiles, resolvePaths} from '../../src/settings/paths.js'
import {normaliseServerUrl} from '../../src/settings/server-url.js'
import {type GlobalFlags, readSettings, resolveSettings} from '../../src/settings/settings.js'
import {tempFolder} from '../support/temp-folder.js'

type Env = Record<string, string>

function resolved(flags: GlobalFlags, env: Env, file: ConfigFile = {}) {
  const paths = resolvePaths(undefined, {HOME: '/h', ...env})
  return resolveSettings({profile: undefined, paths, flags, env, file})
}

test('flag wins over variable over file over default', () => {
  const file = {server_url: 'http://file:1', workspace_id: 'wf', token: 'tf'}
  const env = {
    MULTICA_SERVER_URL: 'http://env:2',
    MULTICA_WORKSPACE_ID: 'we',
    MULTICA_TOKEN: ' te ',
  }
  const flags = {'server-url': 'http://flag:3', 'workspace-id': 'wg'}
  const pick = (s: ReturnType<typeof resolved>) => [s.serverUrl, s.workspaceId, s.token]
  assert.deepEqual(pick(resolved(flags, env, file)), ['http://flag:3', 'wg', 'te'])
  assert.deepEqual(pick(resolved({}, env, file)), ['http://env:2', 'we', 'te'])
  assert.deepEqual(pick(resolved({}, {}, file)), ['http://file:1', 'wf', 'tf'])
  assert.deepEqual(pick(resolved({}, {})), ['http://localhost:8080', undefined, undefined])
})

test('an explicitly empty flag skips the variable', () => {
  const settings = resolved(
    {'server-url': ''},
    {MULTICA_SERVER_URL: 'http://env:2'},
    {server_url: 'http://file:1'},
  )
  assert.equal(settings.serverUrl, 'http://file:1')
})

test('blank variables count as unset', () => {
  assert.equal(resolved({}, {MULTICA_SERVER_URL: '  '}).serverUrl, 'http://localhost:8080')
})

test('a server URL is normalised', () => {
  const cases: [string, string][] = [
    ['ws://localhost:8080/ws', 'http://localhost:8080'],
    ['wss://x.example/ws?a=1#b', 'https://x.example'],
    ['https://x.example/base///', 'https://x.example/base'],
    ['http://x.example/wsx', 'http://x.example/wsx'],
  ]
  for (const [text, url] of cases) assert.equal(normaliseServerUrl(text, 'X'), url)
})

test('a server URL that is none is refused, naming where it comes from', () => {
  for (const text of ['localhost:8080', 'ftp://x', 'http://', 'nonsense']) {
    const env = {MULTICA_SERVER_URL: text}
    assert.throws(() => resolved({}, env), /MULTICA_SERVER_URL must use ws, wss, http, or https/)
  }
})

test('a log level that does not exist is refused', () => {
  assert.throws(() => resolved({}, {LOG_LEVEL: 'loud'}), /LOG_LEVEL: "loud" must be one of/)
})

test('a profile has folders of its own', () => {
  const paths = resolvePaths('dev', {HOME: '/h'})
  assert.equal(paths.configPath, '/h/.multica/profiles/dev/config.json')
  assert.equal(paths.stateDir, '/h/.multica/profiles/dev/daemon')
  assert.equal(paths.workspacesRoot, '/h/multica_workspaces_dev')
  assert.equal(resolvePaths(undefined, {HOME: '/h'}).workspacesRoot, '/h/multica_workspaces')
  const custom = resolvePaths(undefined, {HOME: '/h', MULTICA_HOME: '/m'})
  assert.equal(custom.workspacesRoot, '/m/multica_workspaces')
  assert.equal(resolvePaths('p', {HOME: '/h', MULTICA_WORKSPACES_ROOT: '/w'}).workspacesRoot, '/w')
})

test('a profile name that could leave its folder is refused', () => {
  for (const name of ['..', '.', 'a/b', '', 'a b', 'ä', '../x']) {
    assert.throws(() => resolvePaths(name, {HOME: '/h'}), /may have letters, digits/)
  }
})

test('an unknown profile is refused with the known ones (fault L2)', async () => {
  const home = await tempFolder()
  await mkdir(join(home, 'profiles', 'dev'), {recursive: true})
  const env = {MULTICA_HOME: home}
  assert.deepEqual(knownProfiles(env), ['dev'])
  assert.throws(
    () => readSettings({profile: 'dve', env}),
    /unknown profile "dve": known ones: dev;/,
  )
  assert.equal(readSettings({profile: 'dve', env, allowNewProfile: true}).profile, 'dve')
  assert.equal(readSettings({profile: 'dev', env}).profile, 'dev')
})
