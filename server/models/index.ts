import type {Sequelize} from 'sequelize'
import {initActivity} from './activity.js'
import {initAgent} from './agent.js'
import {initAgentSkill} from './agent-skill.js'
import {initComment} from './comment.js'
import {initEvent} from './event.js'
import {initIdempotencyKey} from './idempotency-key.js'
import {initIssue} from './issue.js'
import {initMember} from './member.js'
import {initPersonalAccessToken} from './personal-access-token.js'
import {initRuntime} from './runtime.js'
import {initRuntimePing} from './runtime-ping.js'
import {initRuntimeUsage} from './runtime-usage.js'
import {initSignInLink} from './sign-in-link.js'
import {initSkill} from './skill.js'
import {initSkillFile} from './skill-file.js'
import {initTask} from './task.js'
import {initTaskDiff} from './task-diff.js'
import {initTaskInput} from './task-input.js'
import {initTaskMessage} from './task-message.js'
import {initTaskRequest} from './task-request.js'
import {initUser} from './user.js'
import {initWebSession} from './web-session.js'
import {initWorkspace} from './workspace.js'

/** All models, bound to one connection. */
export type Models = ReturnType<typeof initModels>

/** Binds every model to a connection; several databases may be open in one process. */
export function initModels(sequelize: Sequelize) {
  return {
    User: initUser(sequelize),
    Workspace: initWorkspace(sequelize),
    Member: initMember(sequelize),
    PersonalAccessToken: initPersonalAccessToken(sequelize),
    WebSession: initWebSession(sequelize),
    SignInLink: initSignInLink(sequelize),
    Runtime: initRuntime(sequelize),
    RuntimePing: initRuntimePing(sequelize),
    RuntimeUsage: initRuntimeUsage(sequelize),
    Agent: initAgent(sequelize),
    Issue: initIssue(sequelize),
    Task: initTask(sequelize),
    TaskDiff: initTaskDiff(sequelize),
    Comment: initComment(sequelize),
    TaskMessage: initTaskMessage(sequelize),
    TaskRequest: initTaskRequest(sequelize),
    TaskInput: initTaskInput(sequelize),
    Skill: initSkill(sequelize),
    SkillFile: initSkillFile(sequelize),
    AgentSkill: initAgentSkill(sequelize),
    Activity: initActivity(sequelize),
    Event: initEvent(sequelize),
    IdempotencyKey: initIdempotencyKey(sequelize),
  }
}
