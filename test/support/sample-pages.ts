import type {Issue, TimelineEntry} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import type {PageState, View} from '../../templates/state/page-state.js'
import {sampleDiff} from './sample-diff.js'
import {sampleMessages} from './sample-messages.js'
import {sampleAsked} from './sample-requests.js'

const NOW = '2026-11-23T12:00:00.000Z'
const ago = (seconds: number): string => new Date(Date.parse(NOW) - seconds * 1000).toISOString()

export const sampleIssue: Issue = {
  id: '00000000-0000-4000-8000-000000000010',
  workspace_id: '00000000-0000-4000-8000-000000000001',
  number: 12,
  identifier: 'ACM-12',
  title: 'Retry uploads when the connection is cut in the middle of a batch',
  description:
    'When the network goes away during an upload, the worker gives up and the run is marked as failed.\n\n' +
    '**Expected:** it tries again with the same messages until the server has them.\n\n' +
    '```ts\nawait upload(batch) // throws ECONNRESET\n```\n\n' +
    '- [ ] a test that cuts the connection\n- [ ] backoff with jitter',
  status: 'in_progress',
  priority: 'high',
  assignee_type: 'agent',
  assignee_id: 'agent-claude',
  creator_type: 'member',
  creator_id: 'user-maria',
  parent_issue_id: null,
  position: 0,
  due_date: null,
  max_cost_usd: null,
  created_at: ago(7200),
  updated_at: ago(400),
}

export const sampleTask = (change: Partial<Task> = {}): Task => ({
  id: '00000000-0000-4000-8000-000000000100',
  workspace_id: sampleIssue.workspace_id,
  agent_id: 'agent-claude',
  agent_name: 'Claude',
  runtime_id: 'runtime-1',
  issue_id: sampleIssue.id,
  issue_identifier: sampleIssue.identifier,
  issue_title: sampleIssue.title,
  status: 'running',
  priority: 3,
  attempt: 1,
  parent_task_id: null,
  dispatched_at: ago(189),
  started_at: ago(187),
  completed_at: null,
  sealed_at: null,
  created_at: ago(190),
  result: null,
  error: null,
  pruned_at: null,
  end_reason: null,
  progress: {summary: 'Writing the test that cuts the connection', step: 3, total: 5},
  usage: {
    model: 'sonnet',
    input_tokens: 18_200,
    output_tokens: 2410,
    cache_read_tokens: 90_112,
    cache_write_tokens: null,
    cost_usd: 0.184,
  },
  diff: null,
  max_cost_usd: null,
  session_id: null,
  open_requests: 0,
  last_seq: 20,
  ...change,
})

const activity = (id: string, seconds: number, action: string, details = {}): TimelineEntry => ({
  type: 'activity',
  id,
  actor_type: 'member',
  actor_id: 'user-maria',
  actor_name: 'Maria Lopez',
  created_at: ago(seconds),
  action,
  details,
})

export const sampleTimeline: TimelineEntry[] = [
  activity('a1', 7200, 'created'),
  activity('a2', 7000, 'priority_changed', {from: 'none', to: 'high'}),
  activity('a3', 6900, 'assignee_changed', {to_type: 'agent', to_id: 'agent-claude'}),
  {
    type: 'comment',
    id: 'k1',
    actor_type: 'agent',
    actor_id: 'agent-claude',
    actor_name: 'Claude',
    created_at: ago(3600),
    updated_at: ago(3600),
    comment_type: 'comment',
    task_id: '00000000-0000-4000-8000-000000000099',
    content:
      'I could reproduce it: `upload()` has no retry at all.\n\n| case | before |\n|:--|--:|\n| reset | fails |\n| timeout | hangs |\n\nShall I also cover the time-out?',
  },
  {...activity('a4', 3590, 'task_completed'), actor_type: 'agent', actor_name: 'Claude'},
  {
    type: 'comment',
    id: 'k2',
    actor_type: 'member',
    actor_id: 'user-jon',
    actor_name: 'Jon',
    created_at: ago(200),
    updated_at: ago(200),
    comment_type: 'comment',
    content: 'Yes please, with a limit of 15 s. <script>alert(1)</script>',
  },
  activity('a5', 195, 'status_changed', {from: 'todo', to: 'in_progress'}),
]

/** A page of a small team, with everything on it. */
export function samplePage(view: View, tasks: Task[]): PageState {
  const followed = tasks.filter(({status}) => status === 'running' || view.kind === 'task')
  return {
    workspace: {id: sampleIssue.workspace_id, name: 'Acme', slug: 'acme'},
    workspaces: [
      {name: 'Acme', slug: 'acme'},
      {name: 'Side project', slug: 'side'},
    ],
    me: {id: 'user-maria', name: 'Maria Lopez'},
    agents: [
      {
        id: 'agent-claude',
        name: 'Claude',
        description: 'Writes code and tests',
        status: 'working',
        runtime_id: 'runtime-1',
      },
      {
        id: 'agent-report',
        name: 'Report',
        description: '',
        status: 'offline',
        runtime_id: 'runtime-2',
      },
    ],
    members: [
      {user_id: 'user-maria', name: 'Maria Lopez', role: 'owner'},
      {user_id: 'user-jon', name: 'Jon', role: 'member'},
    ],
    runtimes: [
      {
        id: 'runtime-1',
        name: 'Claude (maria-laptop)',
        provider: 'claude',
        status: 'online',
        device_info: 'maria-laptop',
      },
      {
        id: 'runtime-2',
        name: 'Report (ci-box)',
        provider: 'report',
        status: 'offline',
        device_info: 'ci-box',
      },
    ],
    view,
    tasks,
    transcripts: Object.fromEntries(
      followed.map((task) => [task.id, {from: 1, messages: sampleMessages(task)}]),
    ),
    earlierToolCalls: {},
    requests: {},
    inputs: {},
    cursor: 'start',
    connection: 'starting',
    renderedAt: NOW,
    clockSkewMs: 0,
    problem: undefined,
    stale: false,
  }
}

const finished = sampleTask({
  id: '00000000-0000-4000-8000-000000000099',
  status: 'completed',
  created_at: ago(3900),
  started_at: ago(3895),
  completed_at: ago(3600),
  progress: null,
  diff: {files: 4, additions: 608, deletions: 2, commits: 2},
})
const failed = sampleTask({
  id: '00000000-0000-4000-8000-000000000098',
  status: 'failed',
  created_at: ago(6800),
  started_at: ago(6798),
  completed_at: ago(6700),
  progress: null,
  usage: null,
  end_reason: 'no_end_mark',
  error: 'claude exited with code 1: connection refused',
})

const asking = sampleTask({open_requests: 2})
const asked = sampleAsked(asking.id)

export const samplePages: Readonly<Record<string, PageState>> = {
  issue: samplePage({kind: 'issue', issue: sampleIssue, timeline: sampleTimeline, deleted: false}, [
    sampleTask(),
    finished,
    failed,
  ]),
  asking: {
    ...samplePage({kind: 'issue', issue: sampleIssue, timeline: [], deleted: false}, [asking]),
    ...asked,
  },
  'asking-run': {
    ...samplePage({kind: 'task', taskId: asking.id, issueNumber: 12, deleted: false}, [asking]),
    ...asked,
  },
  queued: samplePage(
    {kind: 'issue', issue: {...sampleIssue, status: 'todo'}, timeline: [], deleted: false},
    [
      sampleTask({
        status: 'queued',
        runtime_id: 'runtime-2',
        started_at: null,
        dispatched_at: null,
        progress: null,
        usage: null,
      }),
    ],
  ),
  task: samplePage({kind: 'task', taskId: sampleTask().id, issueNumber: 12, deleted: false}, [
    sampleTask(),
  ]),
  changes: samplePage(
    {
      kind: 'task',
      taskId: finished.id,
      issueNumber: 12,
      deleted: false,
      changes: sampleDiff,
    },
    [finished],
  ),
  failed: samplePage({kind: 'task', taskId: failed.id, issueNumber: 12, deleted: false}, [failed]),
  issues: samplePage(
    {
      kind: 'issues',
      issues: (['in_progress', 'todo', 'backlog', 'blocked', 'in_review'] as const).map(
        (status, index) => ({
          ...sampleIssue,
          id: index === 0 ? sampleIssue.id : `issue-${index}`,
          number: 12 - index,
          identifier: `ACM-${12 - index}`,
          status,
          title: [
            sampleIssue.title,
            'Document how to run behind nginx',
            'Dark mode for the report',
            'Upgrade the database driver',
            'Cancel leaves a child process behind when the shell ignores SIGTERM',
          ][index] as string,
          assignee_type: index % 3 === 2 ? null : index % 2 ? 'member' : 'agent',
          assignee_id: index % 3 === 2 ? null : index % 2 ? 'user-jon' : 'agent-claude',
          created_at: ago(7200 * (index + 1)),
        }),
      ),
      filter: 'open',
      counts: {open: 5, closed: 41},
      page: 1,
      pages: 1,
    },
    [sampleTask()],
  ),
  'new-issue': samplePage({kind: 'new-issue'}, []),
  agents: samplePage({kind: 'agents'}, [sampleTask()]),
}
