import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {chmod, mkdir, readFile, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {promisify} from 'node:util'
import {
  type ServiceDescription,
  type ServicePlace,
  serviceManager,
} from '../../src/daemon/service/service-manager.js'
import {stableNode} from '../../src/settings/stable-node.js'
import {runCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'

const run = promisify(execFile)
const description: ServiceDescription = {
  title: 'multica daemon (100%)',
  argv: ['/usr/bin/node', '/home/a b/run.js', '--device-name', 'a "b" $HOME 5% \\ <&>'],
  env: {PATH: '/usr/bin:/home/a b/bin', X: '50%$'},
  logPath: '/home/a b/daemon.log',
}
const place: ServicePlace = {
  platform: 'linux',
  profile: undefined,
  userHome: '/home/me',
  configHome: undefined,
  uid: 501,
}

test('the systemd unit quotes every word and restarts only what has failed', () => {
  const manager = serviceManager(place)
  assert.equal(manager.path, '/home/me/.config/systemd/user/multica-daemon.service')
  assert.equal(
    manager.render(description),
    `[Unit]
Description=multica daemon (100%%)

[Service]
Type=exec
ExecStart="/usr/bin/node" "/home/a b/run.js" "--device-name" "a \\"b\\" $$HOME 5%% \\\\ <&>"
Environment="PATH=/usr/bin:/home/a b/bin"
Environment="X=50%%$"
Restart=on-failure
RestartSec=5
KillMode=process
TimeoutStopSec=30
UMask=0077

[Install]
WantedBy=default.target
`,
  )
  assert.throws(() => manager.render({...description, argv: ['a\nb']}), /line break/)
})

test('systemd reads the words of its unit as they were', async (t) => {
  const verify = await run('systemd-analyze', ['--version']).catch(() => undefined)
  if (!verify) return t.diagnostic('there is no systemd here')
  const unit = join(await tempFolder(), 'multica-daemon.service')
  const argv = [process.execPath, ...description.argv.slice(1)]
  await writeFile(unit, serviceManager(place).render({...description, argv}))
  const {stderr} = await run('systemd-analyze', ['verify', '--user', '--man=no', unit]).catch(
    (error: {stderr: string}) => error,
  )
  assert.doesNotMatch(stderr, /multica-daemon\.service/)
})

test('the launchd agent is XML whatever its words are', () => {
  const manager = serviceManager({...place, platform: 'darwin', profile: 'dev'})
  assert.equal(manager.path, '/home/me/Library/LaunchAgents/dev.multica.daemon.dev.plist')
  const text = manager.render({...description, argv: ['/usr/bin/node', 'a "b" <&>\u0000']})
  for (const part of [
    '<key>Label</key>\n<string>dev.multica.daemon.dev</string>',
    '<array>\n<string>/usr/bin/node</string>\n<string>a "b" &lt;&amp;&gt;</string>\n</array>',
    '<key>PATH</key>\n<string>/usr/bin:/home/a b/bin</string>',
    '<key>KeepAlive</key>\n<dict>\n<key>SuccessfulExit</key>\n<false/>\n</dict>',
    '<key>AbandonProcessGroup</key>\n<true/>',
  ]) {
    assert.ok(text.includes(part), `${part} in\n${text}`)
  }
  assert.deepEqual(manager.restart, [
    ['launchctl', 'kickstart', '-k', 'gui/501/dev.multica.daemon.dev'],
  ])
})

test('other systems are told what to do instead', () => {
  assert.throws(() => serviceManager({...place, platform: 'win32'}), /Linux and macOS only/)
})

test('node is named by what survives an upgrade (fault D8)', async () => {
  const folder = await tempFolder()
  await mkdir(join(folder, 'cellar'))
  await writeFile(join(folder, 'cellar', 'node'), '')
  await mkdir(join(folder, 'bin'))
  await symlink(join(folder, 'cellar', 'node'), join(folder, 'bin', 'node'))
  const env = {PATH: `relative:${join(folder, 'bin')}:/usr/bin`}
  assert.equal(stableNode(env, join(folder, 'cellar', 'node')), join(folder, 'bin', 'node'))
  const gone = join(folder, 'cellar', 'older')
  assert.equal(stableNode(env, gone), join(folder, 'bin', 'node'))
  assert.equal(stableNode({PATH: ''}, gone), gone)
})

async function homeWithLogin(): Promise<string> {
  const home = await tempFolder()
  await mkdir(join(home, '.multica'))
  const config = {server_url: 'http://127.0.0.1:9', token: 'mul_x'}
  await writeFile(join(home, '.multica', 'config.json'), JSON.stringify(config))
  return home
}

test('daemon install --print shows the file and changes nothing (fault M10)', async () => {
  const home = await homeWithLogin()
  const env = {MULTICA_DAEMON_DEVICE_NAME: 'desk', HTTPS_PROXY: 'http://proxy:1'}
  const words = ['daemon', 'install', '--print', '--max-concurrent-tasks', '2']
  const {code, stdout, stderr} = await runCli(words, {home, env})
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^ExecStart="\/\S+node" "\S+run\.js" "daemon" "start" "--foreground"/m)
  assert.match(
    stdout,
    /"--service" "--server-url" "http:\/\/127\.0\.0\.1:9" "--max-concurrent-tasks" "2"$/m,
  )
  assert.match(stdout, /^Environment="MULTICA_DAEMON_DEVICE_NAME=desk"$/m)
  assert.match(stdout, /^Environment="HTTPS_PROXY=http:\/\/proxy:1"$/m)
  assert.match(stdout, /^Environment="PATH=\S+"$/m)
  assert.doesNotMatch(stdout, /mul_x/)
  const unit = join(home, '.config/systemd/user/multica-daemon.service')
  await assert.rejects(readFile(unit), /ENOENT/)
})

test('a token in the environment is no token for a service', async () => {
  const home = await homeWithLogin()
  const env = {MULTICA_TOKEN: 'mul_y'}
  const {code, stderr} = await runCli(['daemon', 'install', '--print'], {home, env})
  assert.equal(code, 4)
  assert.match(stderr, /a service cannot read MULTICA_TOKEN; run "multica login"/)
})

test('what the system says of a failed install is told, and uninstall removes the file', async () => {
  const home = await homeWithLogin()
  const bin = join(home, 'bin')
  await mkdir(bin)
  const said = join(home, 'said')
  const script = (end: string): string => `#!/bin/sh\necho "$@" >> ${said}\n${end}\n`
  const systemctl = join(bin, 'systemctl')
  await writeFile(systemctl, script('echo "no bus" >&2; exit 1'))
  await chmod(systemctl, 0o755)
  const env = {PATH: `${bin}:${process.env.PATH}`}
  const failed = await runCli(['daemon', 'install'], {home, env})
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /Error: systemctl --user daemon-reload failed: no bus/)
  await writeFile(systemctl, script(''))
  const removed = await runCli(['daemon', 'uninstall'], {home, env})
  assert.equal(removed.code, 0, removed.stderr)
  assert.match(removed.stderr, /^Removed .*multica-daemon\.service$/m)
  assert.match(await readFile(said, 'utf8'), /--user disable --now multica-daemon\.service/)
  const again = await runCli(['daemon', 'uninstall'], {home, env})
  assert.deepEqual([again.code, /is not installed/.test(again.stderr)], [5, true])
})
