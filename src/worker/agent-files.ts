import {readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {OWN_FILE_MARK, renderInstructions} from '../../templates/agent-files/instructions.js'
import {renderIssueContext} from '../../templates/agent-files/issue-context.js'
import {presetOf} from '../agents/acp-presets.js'
import type {AgentSettings} from '../agents/adapter.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {writePrivate, writeSkills} from './skill-files.js'

/** The file in which each kind of agent looks for instructions. */
const INSTRUCTION_FILE: Readonly<Record<string, string>> = {
  claude: 'CLAUDE.md',
  codex: 'AGENTS.md',
  'codex-exec': 'AGENTS.md',
}
/** Where each kind of agent finds skills by itself. */
const NATIVE_SKILLS: Readonly<Record<string, string>> = {
  claude: '.claude/skills',
  codex: '.agents/skills',
  'codex-exec': '.agents/skills',
}
const CONTEXT = '.agent_context'

/** Agents that speak the Agent Client Protocol differ in this as well. */
function agentFiles(settings: AgentSettings): {file?: string; skills?: string} {
  if (settings.type === 'acp') {
    const {instructions = 'AGENTS.md', skills} = presetOf(settings)
    return {file: instructions, ...(skills && {skills})}
  }
  const [file, skills] = [INSTRUCTION_FILE[settings.type], NATIVE_SKILLS[settings.type]]
  return {...(file && {file}), ...(skills && {skills})}
}

/** Names of instruction files that an earlier run, of whatever agent, may have left. */
const INSTRUCTION_FILES = ['CLAUDE.md', 'AGENTS.md', 'GEMINI.md', 'QWEN.md']

/** Writes what an agent is to know into the folder in which it works, where it finds that by itself. */
export async function writeAgentFiles(spec: TaskSpec, workDir: string): Promise<void> {
  const {file, skills: native} = agentFiles(spec.settings)
  const skillsFolder = native ?? `${CONTEXT}/skills`
  const skills = await writeContext(spec, workDir, skillsFolder)
  for (const other of INSTRUCTION_FILES.filter((name) => name !== file)) {
    if (await isOurs(join(workDir, other))) await rm(join(workDir, other))
  }
  if (!file) return
  const path = join(workDir, file)
  // Never overwrites a file that is not ours (fault D13).
  if ((await isOurs(path)) !== false) {
    await writePrivate(path, instructions(spec, skills, native ? undefined : skillsFolder))
  }
}

/**
 * Writes the same into a folder of ours beside the agent's, which is the user's own.
 * @returns path of the instructions
 */
export async function writeFilesAside(spec: TaskSpec, folder: string): Promise<string> {
  const skills = await writeContext(spec, folder, 'skills')
  const path = join(folder, 'INSTRUCTIONS.md')
  await writePrivate(path, instructions(spec, skills, join(folder, 'skills')))
  return path
}

/** @returns the folders of the skills */
async function writeContext(spec: TaskSpec, base: string, folder: string): Promise<string[]> {
  const skills = spec.task.agent?.skills ?? []
  const issue = spec.task.issue_identifier ?? spec.task.issue_id
  const place = {folder, list: join(CONTEXT, 'skills.json')}
  const folders = await writeSkills(base, place, skills)
  if (issue) {
    const names = skills.map((skill) => skill.name)
    await writePrivate(join(base, CONTEXT, 'issue_context.md'), renderIssueContext(issue, names))
  }
  return folders
}

function instructions(
  {task}: TaskSpec,
  skills: readonly string[],
  skillsFolder: string | undefined,
): string {
  return renderInstructions({
    agentName: task.agent?.name ?? 'agent',
    instructions: task.agent?.instructions ?? '',
    issue: task.issue_identifier ?? task.issue_id,
    repositories: task.repos ?? [],
    skills,
    skillsFolder,
  })
}

/** Whether a file is one of ours; undefined when there is none. */
async function isOurs(path: string): Promise<boolean | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text?.startsWith(OWN_FILE_MARK)
}
