import type {AuthMethod} from './acp-messages.js'
import type {AcpPreset} from './acp-presets.js'

/**
 * The way to sign in for which everything is there. Only ways without a person count: one that opens a
 * browser would wait for ever (fault E7).
 */
export function signInMethod(
  preset: AcpPreset,
  offered: readonly AuthMethod[],
  env: Readonly<Record<string, string>>,
): string | undefined {
  const isOffered = (method: string) => offered.some(({id}) => id === method)
  const key = preset.keys?.find(({method, variable}) => env[variable] && isOffered(method))
  if (key) return key.method
  const byVariables = offered.find(
    ({type, vars}) =>
      type === 'env_var' &&
      vars?.length &&
      vars.every(({name, optional}) => optional || Boolean(env[name])),
  )
  return byVariables?.id
}
