import * as z from 'zod'

/**
 * The parts of the Agent Client Protocol (version 1) that are read here. Agents differ and add to it,
 * so nothing is refused that is not needed.
 */
const text = z.string().nullish()

export const Content = z.looseObject({
  type: z.string(),
  text,
  uri: text,
  name: text,
  resource: z.looseObject({text, uri: text}).nullish(),
})
export type Content = z.output<typeof Content>

/** What a tool has produced so far: content, a change of a file, or a terminal of ours. */
export const ToolContent = z.looseObject({
  type: z.string(),
  content: Content.nullish(),
  path: text,
  oldText: text,
  newText: text,
})
export type ToolContent = z.output<typeof ToolContent>

const Meta = z.looseObject({
  toolName: text,
  claudeCode: z.looseObject({toolName: text, parentToolUseId: text}).nullish(),
  usage: z.unknown().optional(),
})

/** A call of a tool, whole or in part. */
export const ToolCall = z.looseObject({
  toolCallId: z.string(),
  title: text,
  kind: text,
  status: text,
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  content: z.array(ToolContent).nullish(),
  locations: z.array(z.looseObject({path: text})).nullish(),
  _meta: Meta.nullish(),
})
export type ToolCall = z.output<typeof ToolCall>

export const SessionUpdate = z.looseObject({
  sessionUpdate: z.string(),
  messageId: text,
  content: z.unknown().optional(),
  entries: z.array(z.looseObject({content: z.string(), status: text})).nullish(),
  cost: z.looseObject({amount: z.number(), currency: text}).nullish(),
  _meta: Meta.nullish(),
})
export type SessionUpdate = z.output<typeof SessionUpdate>

export const SessionNotification = z.looseObject({sessionId: z.string(), update: SessionUpdate})

export const PermissionRequest = z.looseObject({
  sessionId: text,
  toolCall: ToolCall,
  options: z.array(z.looseObject({optionId: z.string(), kind: text, name: text})),
})
export type PermissionRequest = z.output<typeof PermissionRequest>

/** A form that a person is to fill in. */
export const Elicitation = z.looseObject({
  mode: text,
  message: text,
  toolCallId: text,
  requestedSchema: z.unknown().optional(),
})

const AuthMethod = z.looseObject({
  id: z.string(),
  name: text,
  type: text,
  vars: z.array(z.looseObject({name: z.string(), optional: z.boolean().nullish()})).nullish(),
})
export type AuthMethod = z.output<typeof AuthMethod>

export const Initialized = z.looseObject({
  protocolVersion: z.number().nullish(),
  agentInfo: z.looseObject({name: text}).nullish(),
  authMethods: z.array(AuthMethod).nullish(),
  agentCapabilities: z
    .looseObject({
      loadSession: z.boolean().nullish(),
      sessionCapabilities: z.looseObject({resume: z.unknown().optional()}).nullish(),
    })
    .nullish(),
})
export type Initialized = z.output<typeof Initialized>

const Choice = z.looseObject({value: text, name: text, options: z.unknown().optional()})
export const Opened = z.looseObject({
  sessionId: text,
  models: z
    .looseObject({
      currentModelId: text,
      availableModels: z.array(z.looseObject({modelId: z.string(), name: text})).nullish(),
    })
    .nullish(),
  configOptions: z
    .array(
      z.looseObject({
        id: z.string(),
        category: text,
        currentValue: z.unknown().optional(),
        options: z.array(Choice).nullish(),
      }),
    )
    .nullish(),
})
export type Opened = z.output<typeof Opened>

export const Prompted = z.looseObject({
  stopReason: text,
  usage: z.unknown().optional(),
  _meta: z.unknown().optional(),
})
export type Prompted = z.output<typeof Prompted>
