import {existsSync} from 'node:fs'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {dirname, join, normalize, resolve, sep} from 'node:path'
import type {AgentSkill} from '../protocol/agent.js'

/** Name of a skill's folder: every run of characters outside a–z 0–9 is a dash (contract §5.9). */
export function skillSlug(name: string): string {
  const slug = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return slug || 'skill'
}

/** Names of folders for skills, each its own: a second one of the same name gets a number. */
export function skillFolders(
  skills: readonly AgentSkill[],
  isTaken: (folder: string) => boolean = () => false,
): {folder: string; skill: AgentSkill}[] {
  const taken = new Set<string>()
  return skills.map((skill) => {
    const slug = skillSlug(skill.name)
    let folder = slug
    for (let number = 2; taken.has(folder) || isTaken(folder); number++)
      folder = `${slug}-${number}`
    taken.add(folder)
    return {folder, skill}
  })
}

/**
 * Writes skills below a folder, and removes those that an earlier run has left there. What we have not
 * written ourselves is neither overwritten nor removed (fault D13). A path that would leave its skill's
 * folder is refused (contract §9 item 12).
 * @param list our own note of what we have written
 * @returns the names of the folders
 */
export async function writeSkills(
  base: string,
  {folder: root, list}: {folder: string; list: string},
  skills: readonly AgentSkill[],
): Promise<string[]> {
  for (const earlier of await readList(join(base, list))) {
    const path = resolve(base, earlier)
    if (path.startsWith(base + sep)) await rm(path, {recursive: true, force: true})
  }
  const written = skillFolders(skills, (folder) => existsSync(join(base, root, folder)))
  const paths = written.map(({folder}) => join(root, folder))
  await writePrivate(join(base, list), `${JSON.stringify(paths)}\n`)
  for (const {folder, skill} of written) await writeSkill(join(base, root, folder), skill)
  return written.map(({folder}) => folder)
}

async function writeSkill(base: string, skill: AgentSkill): Promise<void> {
  await writePrivate(join(base, 'SKILL.md'), skill.content)
  for (const file of skill.files ?? []) {
    const path = resolve(base, normalize(file.path))
    if (!path.startsWith(base + sep))
      throw new Error(`skill ${skill.name}: ${file.path} leaves its folder`)
    await writePrivate(path, file.content)
  }
}

async function readList(path: string): Promise<string[]> {
  try {
    const list: unknown = JSON.parse(await readFile(path, 'utf8'))
    return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : []
  } catch {
    return []
  }
}

export async function writePrivate(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true, mode: 0o700})
  await writeFile(path, content, {mode: 0o600})
}
