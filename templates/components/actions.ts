import {createContext} from 'preact'
import type {IssuePriority, IssueStatus} from '../../src/protocol/issue.js'
import type {RequestAnswer} from '../../src/protocol/task-request.js'

/** `member <id>`, `agent <id>`, or nobody. */
export interface AssigneeChoice {
  type: 'member' | 'agent'
  id: string
}

export interface NewIssueInput {
  title: string
  description: string
  priority: IssuePriority
  assignee: AssigneeChoice | null
}

/** What a reader can do on a page; the browser fills it in. Each promise tells whether it worked. */
export interface Actions {
  createIssue(input: NewIssueInput): Promise<boolean>
  setStatus(status: IssueStatus): Promise<boolean>
  setPriority(priority: IssuePriority): Promise<boolean>
  setAssignee(assignee: AssigneeChoice | null): Promise<boolean>
  addComment(content: string): Promise<boolean>
  cancelTask(taskId: string): Promise<boolean>
  /** Answers what a running agent asks. */
  answerRequest(taskId: string, requestId: string, answer: RequestAnswer): Promise<boolean>
  /** Says something to a running agent. */
  sendInput(taskId: string, text: string): Promise<boolean>
  /** Runs again what an ended run was to do, and goes to the new run. */
  retryTask(taskId: string): Promise<boolean>
  /** Fetches messages before those that are held. */
  loadEarlier(taskId: string): Promise<boolean>
  /** The whole text of a field that was cut (stream §4); undefined when it could not be read. */
  loadWhole(taskId: string, seq: number): Promise<string | undefined>
  /** @returns what is wrong; undefined while the browser goes on to the pages */
  signIn(token: string): Promise<string | undefined>
  /** Uses up the one-time link that was opened. @returns as `signIn` */
  useLink(): Promise<string | undefined>
  signOut(): Promise<boolean>
  dismissProblem(): void
}

const nothing = async () => false

/** On the server nothing can be clicked. */
export const NO_ACTIONS: Actions = {
  createIssue: nothing,
  setStatus: nothing,
  setPriority: nothing,
  setAssignee: nothing,
  addComment: nothing,
  cancelTask: nothing,
  answerRequest: nothing,
  sendInput: nothing,
  retryTask: nothing,
  loadEarlier: nothing,
  loadWhole: async () => undefined,
  signIn: async () => undefined,
  useLink: async () => undefined,
  signOut: nothing,
  dismissProblem: () => undefined,
}

export const ActionsContext = createContext<Actions>(NO_ACTIONS)
