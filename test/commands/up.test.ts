import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, it} from 'node:test'
import {promisify} from 'node:util'
import {findProcesses} from '../support/find-processes.js'
import {startCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

const run = promisify(execFile)

/** A checkout with something in it, as small as can be. */
async function smallCheckout(): Promise<string> {
  const folder = await tempFolder()
  const git = (...args: string[]) => run('git', ['-C', folder, ...args])
  await git('init', '-q')
  await writeFile(join(folder, 'package.json'), '{"dependencies": {"left-pad": "1.3.0"}}\n')
  await writeFile(join(folder, 'main.js'), '// TODO: say more\nconsole.log(1)\n'.repeat(40))
  await git('add', '.')
  const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.org']
  await git(...author, 'commit', '-q', '-m', 'Begin')
  return folder
}

/** A home whose agents.json names a program. */
async function homeWithAgent(): Promise<string> {
  const home = await tempFolder()
  await mkdir(join(home, '.multica'))
  const agents = {printer: {type: 'command', command: ['cat']}}
  await writeFile(join(home, '.multica', 'agents.json'), JSON.stringify(agents))
  return home
}

describe('multica up', () => {
  it('--demo --exit shows a run on the checkout and ends with its result', async () => {
    const home = await tempFolder()
    const cwd = await smallCheckout()
    const up = startCli(['up', '--demo', '--exit', '--no-open', '--port', '0'], {home, cwd})
    const {code, stdout, stderr} = await up.done
    assert.equal(code, 0, stderr)
    assert.match(stderr, /http:\/\/127\.0\.0\.1:\d+\/local\/issues\/1/)
    assert.ok((stdout.match(/▸/g) ?? []).length >= 10, stdout)
    assert.match(stdout, /left-pad/)
    assert.match(stdout, /main\.js/)
    assert.match(stdout, /TODO/)
    assert.deepEqual(await findProcesses(home), [])
  })

  it('stays up until Ctrl-C, which ends everything that it has started', async () => {
    const home = await homeWithAgent()
    const up = startCli(['up', '--no-open', '--port', '0'], {home})
    const link = await until('the link is printed', () => /http:\S+code=\w+/.exec(up.stderr)?.[0])
    assert.equal((await fetch(new URL('/health', link))).status, 200)
    const signedIn = startCli(['issue', 'list'], {home})
    assert.equal((await signedIn.done).code, 0, 'the command line is signed in')
    up.child.kill('SIGINT')
    assert.equal((await up.done).code, 130)
    await assert.rejects(fetch(new URL('/health', link)))
    assert.deepEqual(await findProcesses(home), [])
  })

  it('says which port is taken when it was asked for that one', async () => {
    const home = await homeWithAgent()
    const first = startCli(['up', '--no-open', '--port', '0'], {home})
    const link = await until(
      'the link is printed',
      () => /http:\S+code=\w+/.exec(first.stderr)?.[0],
    )
    const other = await homeWithAgent()
    const {port} = new URL(link)
    const second = await startCli(['up', '--no-open', '--port', port], {home: other}).done
    assert.equal(second.code, 1)
    assert.match(second.stderr, new RegExp(`port ${port}`))
    const same = await startCli(['up', '--no-open', '--port', '0'], {home}).done
    assert.equal(same.code, 1)
    assert.match(same.stderr, /another multica server \(process \d+\)/)
    first.child.kill('SIGTERM')
    assert.equal((await first.done).code, 143)
  })
})
