import type {Opened} from './acp-messages.js'

/** How the model of a session is set. */
export interface ModelChoice {
  method: string
  params: Record<string, unknown>
  /** What may be chosen, for people who have named something else. */
  offered: string[]
}

/**
 * The request that sets the model, for the two ways that agents have. A name may be given without the
 * provider before its slash.
 * @returns undefined when the agent lets nobody choose
 */
export function modelChoice(session: Opened, wanted: string): ModelChoice | undefined {
  const option = modelOption(session)
  if (option) {
    const offered = option.options?.flatMap(({value}) => value ?? []) ?? []
    const value = find(offered, wanted)
    return {method: 'session/set_config_option', params: {configId: option.id, value}, offered}
  }
  if (!session.models) return undefined
  const offered = (session.models.availableModels ?? []).map(({modelId}) => modelId)
  return {method: 'session/set_model', params: {modelId: find(offered, wanted)}, offered}
}

/** The model that a session has now. */
export function currentModel(session: Opened): string | null {
  const value = modelOption(session)?.currentValue
  // Some name only that it is the one of their settings.
  if (typeof value === 'string') return value === 'default' ? null : value
  const {currentModelId: id, availableModels} = session.models ?? {}
  if (!id) return null
  // Some ids are made up for the protocol, and the name is the model's.
  const name = availableModels?.find(({modelId}) => modelId === id)?.name
  return id.startsWith('$') ? (name ?? id) : id
}

const modelOption = (session: Opened) =>
  session.configOptions?.find(({id, category}) => (category ?? id) === 'model')

const find = (offered: readonly string[], wanted: string): string =>
  offered.find((value) => value === wanted) ??
  offered.find((value) => value.endsWith(`/${wanted}`)) ??
  wanted
