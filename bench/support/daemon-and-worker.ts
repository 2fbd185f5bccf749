import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {findProcesses} from '../../test/support/find-processes.js'
import {runCli} from '../../test/support/run-cli.js'
import {tempFolder} from '../../test/support/temp-folder.js'
import {until} from '../../test/support/until.js'

/** A daemon in a process of its own, started by the command line, with a worker whose agent is silent. */
export interface DaemonAndWorker {
  daemonPid: number
  workerPid: number
  stop(): Promise<void>
}

const SILENT = `process.stdout.write('working\\n'); setInterval(() => {}, 60_000)`
const LIMIT_MS = 60_000

export async function startDaemonAndWorker(url: string, token: string): Promise<DaemonAndWorker> {
  const home = await tempFolder()
  const multica = join(home, '.multica')
  await mkdir(multica)
  await writeFile(join(home, 'silent.mjs'), SILENT)
  const agent = {type: 'command', command: [process.execPath, join(home, 'silent.mjs')]}
  await writeFile(join(multica, 'agents.json'), JSON.stringify({silent: agent}))
  const env = {MULTICA_HOME: multica, MULTICA_SERVER_URL: url, MULTICA_TOKEN: token}
  const signedIn = await runCli(['login', '--server-url', url, '--token'], {
    home,
    env,
    input: `${token}\n`,
  })
  if (signedIn.code !== 0) throw new Error(`login failed: ${signedIn.stderr}`)
  const started = await runCli(['daemon', 'start'], {home, env})
  if (started.code !== 0) throw new Error(`the daemon did not start: ${started.stderr}`)
  const status = await runCli(['daemon', 'status', '--json'], {home, env})
  const {pid} = JSON.parse(status.stdout) as {pid: number}
  await assignTo(url, token)
  const workerPid = await until('the worker runs its agent', () => findWorker(home), LIMIT_MS)
  return {
    daemonPid: pid,
    workerPid,
    async stop() {
      await runCli(['daemon', 'stop', '--drain', '0'], {home, env})
      await rm(home, {recursive: true, force: true})
    },
  }
}

/** Makes an agent of the daemon's runtime and puts it on an issue. */
async function assignTo(url: string, token: string): Promise<void> {
  const [workspace] = await createApi(createHttpClient({serverUrl: url, token})).workspaces()
  const api = createApi(createHttpClient({serverUrl: url, token, workspaceId: workspace?.id}))
  const runtime = await until(
    'the daemon has registered',
    async () => (await api.runtimes()).find(({provider}) => provider === 'silent'),
    LIMIT_MS,
  )
  const agent = await api.createAgent({name: 'silent', runtime_id: runtime.id})
  await api.createIssue({
    title: 'Say nothing',
    status: 'todo',
    assignee_type: 'agent',
    assignee_id: agent.id,
  })
}

async function findWorker(home: string): Promise<number | undefined> {
  for (const pid of await findProcesses(home)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes('worker/main.js')) return pid
  }
  return undefined
}
