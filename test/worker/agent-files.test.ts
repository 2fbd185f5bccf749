import assert from 'node:assert/strict'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, test} from 'node:test'
import type {AgentSettings} from '../../src/agents/adapter.js'
import {newId} from '../../src/ids.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {prepareWorkFolder} from '../../src/worker/work-folder.js'
import {tempFolder} from '../support/temp-folder.js'

let root = ''
before(async () => {
  root = await tempFolder()
})
after(() => rm(root, {recursive: true, force: true}))

const here = () => ({
  stateFolder: join(root, 'state'),
  env: {},
  lock: async () => async () => undefined,
})
const SKILL = {id: 'k', name: 'Count stars', content: '# Stars', files: []}

/** The part of a task's specification that the work folder is made of. */
function specOf(settings: AgentSettings): TaskSpec {
  const agent = {id: 'a', name: 'agent', instructions: 'Be kind.', skills: [SKILL]}
  const ids = {id: newId(), workspace_id: newId()}
  const task = {...ids, issue_identifier: 'LOC-1', agent} as unknown as ClaimedTask
  return {task, settings, workspaces_root: root} as unknown as TaskSpec
}

const places: [program: string, file: string, skill: string][] = [
  ['gemini', 'GEMINI.md', '.gemini/skills'],
  ['qwen', 'QWEN.md', '.qwen/skills'],
  ['opencode', 'AGENTS.md', '.opencode/skills'],
  ['claude-agent-acp', 'CLAUDE.md', '.claude/skills'],
  ['codex-acp', 'AGENTS.md', '.agents/skills'],
  ['an-agent-of-mine', 'AGENTS.md', '.agent_context/skills'],
]
for (const [program, file, skills] of places) {
  test(`${program} finds its instructions in ${file} and its skills in ${skills}`, async () => {
    const spec = specOf({type: 'acp', command: [join('/usr/bin', program)]})
    const {workDir} = await prepareWorkFolder(spec, here())
    const text = await readFile(join(workDir, file), 'utf8')
    assert.match(text, /Be kind\./)
    assert.equal(text.includes(skills), skills.startsWith('.agent_context'), 'named if not native')
    const skill = await readFile(join(workDir, skills, 'count-stars', 'SKILL.md'), 'utf8')
    assert.equal(skill, '# Stars')
  })
}

test("a user's own GEMINI.md stays as it is (fault D13)", async () => {
  const spec = specOf({type: 'acp', command: ['gemini']})
  const workDir = join(root, spec.task.workspace_id, spec.task.id, 'workdir')
  await mkdir(workDir, {recursive: true})
  await writeFile(join(workDir, 'GEMINI.md'), 'mine')
  await prepareWorkFolder(spec, here())
  assert.equal(await readFile(join(workDir, 'GEMINI.md'), 'utf8'), 'mine')
})

test('a reused folder loses skills that the agent has lost, and the file of another agent', async () => {
  const claude = specOf({type: 'claude', command: ['claude']})
  const {workDir} = await prepareWorkFolder(claude, here())
  const mine = join(workDir, '.claude/skills/count-stars-2')
  await mkdir(mine)
  await writeFile(join(mine, 'SKILL.md'), 'mine')
  const other = {...claude, settings: {type: 'codex', command: ['codex']}}
  const renamed = [{...SKILL, name: 'Count moons', content: '# Moons'}]
  Object.assign(other.task.agent ?? {}, {skills: renamed})
  await prepareWorkFolder(other, here())
  await assert.rejects(readFile(join(workDir, 'CLAUDE.md')), /ENOENT/)
  await assert.rejects(readFile(join(workDir, '.claude/skills/count-stars/SKILL.md')), /ENOENT/)
  assert.equal(await readFile(join(mine, 'SKILL.md'), 'utf8'), 'mine')
  const moons = join(workDir, '.agents/skills/count-moons/SKILL.md')
  assert.equal(await readFile(moons, 'utf8'), '# Moons')
})

test("a user's own skill of the same name is not overwritten (fault D13)", async () => {
  const spec = specOf({type: 'claude', command: ['claude']})
  const {workspace_id, id} = spec.task
  const own = join(root, workspace_id, id, 'workdir', '.claude/skills/count-stars')
  await mkdir(own, {recursive: true})
  await writeFile(join(own, 'SKILL.md'), 'mine')
  for (let runs = 0; runs < 2; runs++) await prepareWorkFolder(spec, here())
  assert.equal(await readFile(join(own, 'SKILL.md'), 'utf8'), 'mine')
  assert.equal(await readFile(join(`${own}-2`, 'SKILL.md'), 'utf8'), '# Stars')
  await assert.rejects(readFile(join(`${own}-3`, 'SKILL.md')), /ENOENT/)
})
