import type {Task} from '../../src/protocol/task.js'
import type {StoredTaskMessage, TaskMessage} from '../../src/protocol/task-message.js'

const WORDS: Omit<TaskMessage, 'seq' | 'at'>[] = [
  {type: 'status', content: 'Claude Code 2.1.14 · sonnet'},
  {
    type: 'thinking',
    block: 1,
    content:
      'The upload lives in the worker. Let me look at how it is sent before I change anything.',
  },
  {type: 'text', block: 2, content: 'I’ll start with how batches are '},
  {type: 'text', block: 2, content: 'sent today, then write a **failing test**.'},
  {
    type: 'tool_use',
    tool: 'Bash',
    call_id: 'c1',
    input: {command: 'git log --oneline -5 && ls src/worker'},
  },
  {
    type: 'tool_result',
    tool: 'Bash',
    call_id: 'c1',
    output:
      '\u001b[33m1be0e65\u001b[m Set up the project\n\u001b[32mjournal.ts\u001b[m  uploader.ts  worker.ts\n',
  },
  {
    type: 'tool_use',
    tool: 'Read',
    call_id: 'c2',
    input: {file_path: '/home/maria/acme/src/worker/uploader.ts'},
  },
  {type: 'tool_result', tool: 'Read', call_id: 'c2', output: 'export function upload() {}\n'},
  {
    type: 'tool_use',
    tool: 'Task',
    call_id: 'c3',
    input: {description: 'Find every caller of upload()'},
  },
  {
    type: 'tool_use',
    tool: 'Grep',
    call_id: 'c4',
    parent_call_id: 'c3',
    input: {pattern: 'upload\\('},
  },
  {
    type: 'tool_result',
    tool: 'Grep',
    call_id: 'c4',
    parent_call_id: 'c3',
    output: 'src/worker/worker.ts:41',
  },
  {type: 'text', block: 5, parent_call_id: 'c3', content: 'One caller: `worker.ts:41`.'},
  {type: 'tool_result', tool: 'Task', call_id: 'c3', output: 'One caller: worker.ts:41'},
  {
    type: 'tool_use',
    tool: 'Bash',
    call_id: 'c5',
    input: {command: 'npm test -- --filter uploader'},
  },
  {
    type: 'tool_result',
    tool: 'Bash',
    call_id: 'c5',
    is_error: true,
    output:
      '\u001b[31m✖ retries when the connection is cut\u001b[39m\n  Error: connect ECONNRESET\n',
    truncated: true,
    bytes_total: 48_211,
  },
  {type: 'error', content: 'API error 529: overloaded, trying again in 4 s'},
  {
    type: 'text',
    block: 7,
    content:
      'The test fails for the right reason. What is missing:\n\n1. keep the batch until it is acknowledged\n2. wait with `jitter` between tries\n',
  },
  {
    type: 'tool_use',
    tool: 'Edit',
    call_id: 'c6',
    input: {file_path: 'src/worker/uploader.ts', old_string: 'a', new_string: 'b'},
  },
  {type: 'tool_result', tool: 'Edit', call_id: 'c6', output: 'ok'},
  {type: 'tool_use', tool: 'Bash', call_id: 'c7', input: {command: 'npm test'}},
]

/** A run that thinks, speaks, calls tools and a sub-agent, fails and goes on. */
export const sampleMessages = (task: Task): StoredTaskMessage[] =>
  WORDS.map((message, index) => ({
    ...message,
    seq: index + 1,
    at: new Date(Date.parse(task.started_at ?? task.created_at) + index * 4000).toISOString(),
    task_id: task.id,
    issue_id: task.issue_id,
  }))
