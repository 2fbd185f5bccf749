import {Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {EXIT, exitCodeOf} from '../src/cli/exit-codes.js'
import {terminalLog} from '../src/cli/server-log.js'
import {untilAborted} from '../src/cli/until-aborted.js'
import {parseDuration} from '../src/settings/duration.js'
import {processEnvironment} from '../src/settings/environment.js'

const DRAIN_MS = 5000

export default class Serve extends BaseCommand {
  static override summary = 'Run the server: issues, agents and live runs'
  static override description =
    `Keeps everything in one SQLite file, or in Postgres. The first start makes an owner and prints a token for "multica login" and a one-time link for the browser.

Variables: PORT, DATABASE_URL, MULTICA_DATA_DIR, MULTICA_PUBLIC_URL, MULTICA_TRUST_PROXY (proxies whose X-Forwarded-For is believed), MULTICA_LEASE (silence after which a run is lost, while its daemon is silent too; default 60s), LOG_LEVEL.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --host 0.0.0.0 --port 80 --public-url https://multica.example.com',
    '<%= config.bin %> <%= command.id %> --database-url postgres://user:password@localhost/multica',
  ]
  static override flags = {
    host: Flags.string({description: 'address to listen on (default 127.0.0.1)'}),
    port: Flags.integer({
      description: 'port to listen on (default 8080; 0: any free one)',
      min: 0,
      max: 65_535,
    }),
    'data-dir': Flags.string({
      description: 'folder of the SQLite file (default ~/.multica/server)',
    }),
    'database-url': Flags.string({description: 'Postgres to use instead of SQLite'}),
    drain: Flags.string({
      description:
        'how long SIGTERM lets readers move to another server (default 5s with Postgres, else 0s)',
    }),
    'public-url': Flags.string({
      description: 'what people type into their browser, behind a proxy',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Serve)
    const {startServer, readServerConfig} = await import('../server/server.js')
    const {signal} = this
    const drainMs = flags.drain ? readDrain(flags.drain) : undefined
    const config = readServerConfig(flags, processEnvironment())
    const server = await startServer({...config, log: terminalLog(this.settings.logLevel)})
    this.logToStderr(`Listening on ${server.url}`)
    if (server.firstStart) {
      this.logToStderr('\nThis is the first start. Sign the command line in with this token:')
      this.log(server.firstStart.ownerToken)
      this.logToStderr(`  multica login --token --server-url ${server.url}`)
      this.logToStderr(`\nSign a browser in, once:\n  ${await server.createSignInLink()}`)
    }
    await untilAborted(signal)
    // Who presses Ctrl-C waits for nobody, and SQLite has no other server to move to.
    const isTerminated = exitCodeOf(signal.reason) === EXIT.terminated
    const usual = config.databaseUrl?.startsWith('postgres') ? DRAIN_MS : 0
    await server.stop({drainMs: isTerminated ? (drainMs ?? usual) : 0})
    signal.throwIfAborted()
  }
}

const readDrain = (text: string): number =>
  /^0s?$/.test(text) ? 0 : parseDuration(text, '--drain')
