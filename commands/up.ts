import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {terminalLog} from '../src/cli/server-log.js'
import {runTail} from '../src/cli/tail/run-tail.js'
import {untilAborted} from '../src/cli/until-aborted.js'
import {processEnvironment} from '../src/settings/environment.js'
import {describeSystem} from '../src/up/announce.js'
import {DEMO_AGENT, demoAgent, fileDemoIssue} from '../src/up/demo.js'
import {openBrowser} from '../src/up/open-browser.js'
import {type LocalSystem, startLocal} from '../src/up/start-local.js'

export default class Up extends BaseCommand {
  static override summary = 'Run server and daemon together, here and now'
  static override description =
    `Starts a server on SQLite and a daemon in this terminal, signs this user's command line in, makes an agent for every program that is found, and prints where to watch. Ctrl-C stops everything; runs that are under way are stopped and reported as such.

With --demo it also files an issue about the folder you are in, puts a small bundled agent on it, and shows the run.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'See an agent work on this folder, then stop',
      command: '<%= config.bin %> <%= command.id %> --demo --exit',
    },
  ]
  static override flags = {
    demo: Flags.boolean({
      description: 'file an issue about this folder and show the run',
      default: false,
    }),
    exit: Flags.boolean({
      description: 'stop after the demo, with its result as the exit code',
      default: false,
      dependsOn: ['demo'],
    }),
    port: Flags.integer({
      description: 'port of the server (default 8080, or a free one)',
      min: 0,
      max: 65_535,
    }),
    'data-dir': Flags.string({description: 'folder of the database (default ~/.multica/server)'}),
    open: Flags.boolean({description: 'open the browser', default: true, allowNo: true}),
  }

  protected override readonly makesProfile = true

  async run(): Promise<void> {
    const {flags} = await this.parse(Up)
    const {signal} = this
    const system = await this.#start(flags)
    try {
      const link = await system.server.createSignInLink()
      this.logToStderr(describeSystem(system, link))
      if (flags.open && !flags.exit) await openBrowser(link)
      const code = flags.demo ? await this.#demo(system) : 0
      if (flags.exit) {
        process.exitCode = code
        return
      }
      this.logToStderr('\nPress Ctrl-C to stop.')
      await untilAborted(signal)
    } finally {
      await system.stop()
    }
    signal.throwIfAborted()
  }

  async #start(flags: {
    port?: number | undefined
    'data-dir'?: string | undefined
    demo: boolean
  }): Promise<LocalSystem> {
    const {startServer, readServerConfig} = await import('../server/server.js')
    const env = processEnvironment()
    const config = readServerConfig(flags, env)
    const log = terminalLog(env.LOG_LEVEL ? this.settings.logLevel : 'error')
    return startLocal({
      host: config.host,
      port: config.port,
      portIsFixed: flags.port !== undefined || env.PORT !== undefined,
      dataDir: config.dataDir,
      profile: this.settings.profile,
      env,
      agents: flags.demo ? {[DEMO_AGENT]: demoAgent(process.cwd())} : {},
      startServer: (where) => startServer({...config, ...where}),
      log,
      signal: this.signal,
    })
  }

  async #demo(system: LocalSystem): Promise<number> {
    const agent = system.agents.find(({name}) => name === DEMO_AGENT)
    if (!agent) throw new Error('the demo agent was not registered')
    const issue = await fileDemoIssue(system.api, agent.id, process.cwd())
    const page = `${system.server.url}/${system.workspace.slug}/issues/${issue.number}`
    this.logToStderr(`Filed ${issue.identifier}; watch it in the browser: ${page}\n`)
    return runTail(system.api, {
      named: issue.taskId,
      flags: {timeout: undefined, timestamps: false, color: true},
      format: 'lines',
      signal: this.signal,
    })
  }
}
