import {mkdir, rm, writeFile} from 'node:fs/promises'
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
export function skillFolders(skills: readonly AgentSkill[]): {folder: string; skill: AgentSkill}[] {
  const taken = new Set<string>()
  return skills.map((skill) => {
    const slug = skillSlug(skill.name)
    let folder = slug
    for (let number = 2; taken.has(folder); number++) folder = `${slug}-${number}`
    taken.add(folder)
    return {folder, skill}
  })
}

/**
 * Writes skills into a folder that is ours alone, and removes what an earlier run left there. A path
 * that would leave its skill's folder is refused (contract §9 item 12).
 */
export async function writeSkills(root: string, skills: readonly AgentSkill[]): Promise<void> {
  await rm(root, {recursive: true, force: true})
  for (const {folder, skill} of skillFolders(skills)) {
    const base = join(root, folder)
    await writePrivate(join(base, 'SKILL.md'), skill.content)
    for (const file of skill.files ?? []) {
      const path = resolve(base, normalize(file.path))
      if (!path.startsWith(base + sep))
        throw new Error(`skill ${skill.name}: ${file.path} leaves its folder`)
      await writePrivate(path, file.content)
    }
  }
}

export async function writePrivate(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true, mode: 0o700})
  await writeFile(path, content, {mode: 0o600})
}
