import {BaseCommand} from '../../src/cli/base-command.js'
import {openConfig} from '../../src/settings/config-file.js'
import {processEnvironment} from '../../src/settings/environment.js'

const PREFIX_CHARACTERS = 12

export default class AuthLogout extends BaseCommand {
  static override description = 'Revoke the token of this computer and forget it'
  static override examples = ['<%= config.bin %> auth logout']

  async run(): Promise<void> {
    await this.parse(AuthLogout)
    const config = openConfig(this.settings.profile, processEnvironment())
    const {token} = config.read()
    if (!token) return this.logToStderr('Not authenticated.')
    const revoked = await this.#revoke(token)
    await config.change(({token: _, ...rest}) => rest)
    this.logToStderr(revoked ? 'Signed out.' : 'Signed out here; the server still knows the token.')
  }

  /** Best effort: an unreachable server must not keep anybody signed in. */
  async #revoke(token: string): Promise<boolean> {
    if (token !== this.settings.token) return false
    try {
      const api = this.api()
      const tokens = await api.tokens()
      const own = tokens.filter((each) => each.token_prefix === token.slice(0, PREFIX_CHARACTERS))
      const [only, ...others] = own
      if (!only || others.length > 0) return false
      await api.revokeToken(only.id)
      return true
    } catch {
      return false
    }
  }
}
