import {BaseCommand, outputFlags} from '../src/cli/base-command.js'
import {formatFindings} from '../src/cli/doctor-output.js'
import {createNotes} from '../src/cli/notes.js'
import {proxyInUse} from '../src/client/proxy-in-use.js'
import {createDetector} from '../src/daemon/detector.js'
import {resolvePath} from '../src/daemon/login-path.js'
import {readStatus} from '../src/daemon/read-status.js'
import type {Finding} from '../src/doctor/finding.js'
import {describeAgents, describeDaemon, describeProxy} from '../src/doctor/look-at-machine.js'
import {lookAtServer} from '../src/doctor/look-at-server.js'
import {processStartTime} from '../src/process-tree/process-table.js'
import {processEnvironment} from '../src/settings/environment.js'

const LIMIT_MS = 15_000

export default class Doctor extends BaseCommand {
  static override summary = 'Look for what keeps runs from being worked on or watched'
  static override description =
    'Looks at the server, the sign-in, the stream of events, the proxy, the agents of this machine and the daemon, and names what mends each trouble. Ends with 1 when there is a problem.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json']
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {flags} = await this.parse(Doctor)
    const {settings, signal} = this
    const notes = createNotes(() => '')
    notes.wait('Looking …')
    const findings = await this.look().finally(() => notes.done())
    signal.throwIfAborted()
    this.print(flags, findings, () => formatFindings(settings, findings))
    if (findings.some(({state}) => state === 'problem')) this.exit(1)
  }

  private async look(): Promise<Finding[]> {
    const {settings, signal} = this
    const env = {...processEnvironment(), MULTICA_TOKEN: undefined}
    const [server, detection, status] = await Promise.all([
      lookAtServer({settings, signal, limitMs: LIMIT_MS}),
      resolvePath(env).then((path) => createDetector(env, path)(signal)),
      readStatus(settings, processStartTime),
    ])
    const proxy = describeProxy(proxyInUse(settings.serverUrl, env))
    return [...server, proxy, ...describeAgents(detection), ...describeDaemon(status)]
  }
}
