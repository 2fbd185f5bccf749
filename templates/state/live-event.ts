import type {WorkspaceEvent} from '../../src/protocol/events.js'
import type {Task} from '../../src/protocol/task.js'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'
import type {Connection, PageState} from './page-state.js'

/** Everything that can change a page. */
export type LiveEvent =
  | WorkspaceEvent
  | {type: 'task:message'; payload: StoredTaskMessage}
  /** Messages that were fetched: earlier ones, or those of a gap. */
  | {type: 'messages:fetched'; taskId: string; messages: StoredTaskMessage[]; from?: number}
  | {type: 'task:fetched'; task: Task}
  | {type: 'page:fetched'; state: PageState}
  | {type: 'cursor'; cursor: string}
  | {type: 'connection'; connection: Connection}
  | {type: 'problem'; problem: string | undefined}

const KNOWN = new Set<string>([
  'issue:created',
  'issue:updated',
  'issue:deleted',
  'comment:created',
  'comment:updated',
  'comment:deleted',
  'activity:created',
  'agent:status',
  'agent:created',
  'agent:deleted',
  'task:progress',
  'task:status',
  'task:message',
  'task:request',
  'task:input',
  'member:added',
  'member:updated',
  'member:removed',
  'daemon:register',
])

/**
 * An event of the stream, or undefined for one that this page does not know or cannot read: it is
 * skipped and must not stop the others (fault K5).
 */
export function parseLiveEvent(name: string, data: string): LiveEvent | undefined {
  if (!KNOWN.has(name)) return undefined
  try {
    const payload: unknown = JSON.parse(data)
    if (typeof payload !== 'object' || payload === null) return undefined
    if (name === 'task:message' && !isMessage(payload)) return undefined
    return {type: name, payload} as LiveEvent
  } catch {
    return undefined
  }
}

function isMessage(payload: object): boolean {
  const {seq, task_id} = payload as {seq?: unknown; task_id?: unknown}
  return Number.isSafeInteger(seq) && typeof task_id === 'string'
}
