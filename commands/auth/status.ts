import {BaseCommand} from '../../src/cli/base-command.js'
import {ApiError} from '../../src/client/http-client.js'

export default class AuthStatus extends BaseCommand {
  static override description = 'Show who is signed in where'
  static override examples = ['<%= config.bin %> auth status']

  async run(): Promise<void> {
    await this.parse(AuthStatus)
    const {serverUrl, token, tokenSource} = this.settings
    if (!token) return this.logToStderr("Not authenticated. Run 'multica login' to authenticate.")
    try {
      const user = await this.api().me()
      this.logToStderr(`Server: ${serverUrl}`)
      this.logToStderr(`User:   ${user.name} (${user.email})`)
      const source = tokenSource === 'MULTICA_TOKEN' ? ' (from MULTICA_TOKEN)' : ''
      this.logToStderr(`Token:  ${token.slice(0, 12)}...${source}`)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      this.logToStderr(
        `The token for ${serverUrl} is invalid or expired. Run 'multica login' to authenticate.`,
      )
    }
  }
}
