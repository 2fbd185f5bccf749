import {once} from 'node:events'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {startInBackground} from '../../src/daemon/background.js'
import {checkLogin} from '../../src/daemon/check-login.js'
import {openLogFile} from '../../src/daemon/log-file.js'
import {startDaemon} from '../../src/daemon/start-daemon.js'
import {createLog} from '../../src/log.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {type DaemonFlags, resolveDaemonSettings} from '../../src/settings/daemon-settings.js'
import {processEnvironment} from '../../src/settings/environment.js'

const DAEMON_FLAGS = {
  'daemon-id': Flags.string({description: 'identity of this machine (MULTICA_DAEMON_ID)'}),
  'device-name': Flags.string({description: 'name for people (MULTICA_DAEMON_DEVICE_NAME)'}),
  'runtime-name': Flags.string({description: 'name of runtimes (MULTICA_AGENT_RUNTIME_NAME)'}),
  'poll-interval': Flags.string({
    description: 'pause between claims while no wake-up can come (MULTICA_DAEMON_POLL_INTERVAL)',
  }),
  'heartbeat-interval': Flags.string({
    description: 'pause between heartbeats (MULTICA_DAEMON_HEARTBEAT_INTERVAL)',
  }),
  'agent-timeout': Flags.string({
    description: 'longest run; without it only inactivity ends one (MULTICA_AGENT_TIMEOUT)',
  }),
  'max-concurrent-tasks': Flags.string({
    description: 'runs at the same time (MULTICA_DAEMON_MAX_CONCURRENT_TASKS)',
  }),
}

export default class DaemonStart extends BaseCommand {
  static override description = 'Run agents on this machine, in the background'
  static override examples = [
    '<%= config.bin %> daemon start',
    '<%= config.bin %> daemon start --foreground --max-concurrent-tasks 2',
  ]
  static override flags = {
    ...DAEMON_FLAGS,
    foreground: Flags.boolean({description: 'stay in this terminal'}),
    'log-file': Flags.string({hidden: true, dependsOn: ['foreground']}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonStart)
    if (flags.foreground) await this.#runHere(flags, flags['log-file'])
    else await this.#runInBackground(flags)
  }

  async #runHere(flags: DaemonFlags, logFile: string | undefined): Promise<void> {
    const {settings, signal} = this
    const log = createLog(settings.logLevel, logFile ? openLogFile(logFile) : undefined)
    const daemon = await startDaemon({settings, flags, log, waitForRegistration: false, signal})
    if (!signal.aborted) await once(signal, 'abort')
    await daemon.stop({stopTasks: false})
  }

  async #runInBackground(flags: DaemonFlags): Promise<void> {
    const {settings, signal} = this
    resolveDaemonSettings(settings.profile, flags, processEnvironment())
    const warning = await checkLogin(settings)
    if (warning) this.logToStderr(`Warning: ${warning}`)
    const status = await startInBackground({
      settings,
      argv: this.#foregroundArgv(flags),
      processStart: processStartTime,
      signal,
    })
    this.logToStderr(`Daemon started (pid ${status.pid})`)
    this.logToStderr(`Agents: ${status.agents.join(', ')}`)
    this.logToStderr(`Logs: ${settings.logPath}`)
  }

  #foregroundArgv(flags: DaemonFlags): string[] {
    const {serverUrl, profile, logPath} = this.settings
    const given = Object.keys(DAEMON_FLAGS).flatMap((name) => {
      const value = flags[name as keyof DaemonFlags]
      return value === undefined ? [] : [`--${name}`, value]
    })
    const place = ['--server-url', serverUrl, ...(profile ? ['--profile', profile] : [])]
    const command = ['daemon', 'start', '--foreground', '--log-file', logPath]
    const program = [process.execPath, ...process.execArgv, process.argv[1] ?? '']
    return [...program, ...command, ...place, ...given]
  }
}
