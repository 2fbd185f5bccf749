import {mkdir, readFile, realpath, stat} from 'node:fs/promises'
import {join, sep} from 'node:path'
import {OWN_FILE_MARK, renderInstructions} from '../../templates/agent-files/instructions.js'
import {renderIssueContext} from '../../templates/agent-files/issue-context.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {skillFolders, writePrivate, writeSkills} from './skill-files.js'

/** Where an agent works. */
export interface WorkFolder {
  /** The agent's current directory. */
  workDir: string
  /** For temporary files of this task alone (fault I6). */
  tempDir: string
}

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

/**
 * Makes a task's folder, named by its full id (fault C5), or takes the one of an earlier run of the
 * same agent and issue, and writes the agent's files into it (contract §5.9).
 */
export async function prepareWorkFolder(spec: TaskSpec): Promise<WorkFolder> {
  const {task} = spec
  const root = join(spec.workspaces_root, task.workspace_id, task.id)
  const tempDir = join(root, 'tmp')
  await mkdir(tempDir, {recursive: true, mode: 0o700})
  const prior = await priorWorkDir(spec)
  const workDir = prior ?? join(root, 'workdir')
  await mkdir(workDir, {recursive: true, mode: 0o700})
  await writeAgentFiles(spec, workDir)
  return {workDir, tempDir}
}

/** An earlier folder counts only when it lies under our own root, links followed (contract §9 item 14). */
async function priorWorkDir(spec: TaskSpec): Promise<string | undefined> {
  const prior = spec.task.prior_work_dir
  if (!prior) return undefined
  try {
    const [path, root] = await Promise.all([realpath(prior), realpath(spec.workspaces_root)])
    return path.startsWith(root + sep) && (await stat(path)).isDirectory() ? path : undefined
  } catch {
    return undefined
  }
}

async function writeAgentFiles(spec: TaskSpec, workDir: string): Promise<void> {
  const {task, settings} = spec
  const skills = task.agent?.skills ?? []
  const issue = task.issue_identifier ?? task.issue_id
  const native = NATIVE_SKILLS[settings.type]
  const skillsFolder = native ?? `${CONTEXT}/skills`
  await writeSkills(join(workDir, skillsFolder), skills)
  if (issue) {
    const names = skills.map((skill) => skill.name)
    await writePrivate(join(workDir, CONTEXT, 'issue_context.md'), renderIssueContext(issue, names))
  }
  const file = INSTRUCTION_FILE[settings.type]
  if (!file) return
  const text = renderInstructions({
    agentName: task.agent?.name ?? 'agent',
    instructions: task.agent?.instructions ?? '',
    issue,
    repositories: task.repos ?? [],
    skills: skillFolders(skills).map(({folder}) => folder),
    skillsFolder: native ? undefined : skillsFolder,
  })
  await writeOwn(join(workDir, file), text)
}

/** Never overwrites a file that is not ours (fault D13). */
async function writeOwn(path: string, text: string): Promise<void> {
  const present = await readFile(path, 'utf8').catch(() => undefined)
  if (present === undefined || present.startsWith(OWN_FILE_MARK)) await writePrivate(path, text)
}
