import {Connection} from '../../src/daemon/connection.js'
import {Daemon} from '../../src/daemon/daemon.js'
import type {RuntimeAgent} from '../../src/daemon/registration.js'
import {silentLog} from '../../src/log.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {openConfig} from '../../src/settings/config-file.js'
import {resolveDaemonSettings} from '../../src/settings/daemon-settings.js'
import {readSettings} from '../../src/settings/settings.js'
import {WorkerDoubles} from './worker-double.js'

export const fakeAgent = (provider: string): RuntimeAgent => ({
  provider,
  settings: {type: 'command', command: ['true']},
  version: '1',
})

/** A daemon of a home whose config names server and token; its workers are doubles. */
export function createDaemon(env: Record<string, string>, agents: RuntimeAgent[]) {
  const config = openConfig(undefined, env)
  const settings = readSettings({env})
  const workers = new WorkerDoubles()
  const connection = new Connection({
    serverUrl: settings.serverUrl,
    token: settings.token,
    readToken: () => config.read().token,
    signIn: 'multica login',
    log: silentLog,
  })
  const daemon = new Daemon(
    {
      settings,
      daemon: {...resolveDaemonSettings(undefined, {}, env), healthPort: 0},
      agents: {},
      workspaces: [],
      proxy: null,
    },
    {
      log: silentLog,
      config,
      connection,
      detect: async () => ({agents, problems: []}),
      startWorker: workers.start,
      processStart: processStartTime,
      env,
    },
  )
  return {daemon, workers, settings, config}
}
