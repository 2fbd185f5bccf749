import type {RequestPayload, TaskRequest} from '../../src/protocol/task-request.js'
import type {PageState} from '../../templates/state/page-state.js'

const NOW = '2026-11-23T12:00:00.000Z'

const request = (taskId: string, id: string, payload: RequestPayload): TaskRequest => ({
  id,
  task_id: taskId,
  status: 'open',
  payload,
  answer: null,
  answered_by: null,
  created_at: NOW,
  expires_at: NOW,
  answered_at: null,
})

/** A run that asks for a permission and for an answer, and a message that is on its way to it. */
export const sampleAsked = (taskId: string): Pick<PageState, 'requests' | 'inputs'> => ({
  requests: {
    [taskId]: [
      request(taskId, 'request-1', {
        kind: 'permission',
        tool: 'Bash',
        input: {command: 'rm -rf build && npm publish --access public --tag next'},
        title: 'Publishes the package',
      }),
      request(taskId, 'request-2', {
        kind: 'question',
        questions: [
          {
            id: '1',
            header: 'Backoff',
            text: 'How long shall the longest wait be?',
            options: [
              {label: '10 seconds', description: 'as the other clients do'},
              {label: '1 minute'},
            ],
          },
        ],
      }),
    ],
  },
  inputs: {
    [taskId]: [
      {
        id: 'input-1',
        task_id: taskId,
        status: 'pending',
        text: 'Leave the tests of the parser alone',
        author: {id: 'user-maria', name: 'Maria Lopez'},
        created_at: NOW,
      },
    ],
  },
})
