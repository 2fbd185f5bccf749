import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../src/cli/base-command.js'
import {readSecret} from '../src/cli/prompt-secret.js'
import {signIn} from '../src/cli/sign-in.js'
import {processEnvironment} from '../src/settings/environment.js'

export default class Login extends BaseCommand {
  static override summary = 'Sign in to a server with a personal access token'
  static override description =
    `Asks for the token on a terminal, else reads it from the first line of standard input. A server prints one at its first start; further ones are made in the settings of the web page.

A script may set MULTICA_TOKEN instead of signing in.`
  static override examples = [
    '<%= config.bin %> login --server-url https://multica.example.com',
    '<%= config.bin %> login --token < token.txt',
  ]
  static override args = {
    value: Args.string({description: 'the token; better not typed, it stays in the history'}),
  }
  static override hiddenAliases = ['auth:login']
  static override flags = {
    token: Flags.boolean({description: 'sign in with a token; there is no other way yet'}),
  }

  protected override readonly makesProfile = true

  async run(): Promise<void> {
    const {args} = await this.parse(Login)
    const {settings} = this
    const token = args.value ?? (await readSecret(`Token for ${settings.serverUrl} (mul_…): `))
    const {user, workspaces, warning} = await signIn(token, settings, processEnvironment())
    this.logToStderr(`Signed in to ${settings.serverUrl} as ${user.name} (${user.email}).`)
    for (const {name} of workspaces) this.logToStderr(`Watching workspace ${name}.`)
    if (warning) this.logToStderr(`Warning: could not set up workspaces: ${warning}`)
    if (settings.tokenSource === 'MULTICA_TOKEN') {
      this.logToStderr('Warning: MULTICA_TOKEN is set and goes before this sign-in.')
    }
    this.logToStderr('Next: "multica daemon start" runs agents on this machine.')
  }
}
