import {promises as fs} from 'node:fs'
import {join} from 'node:path'
import {execa} from 'execa'
import {readManifests} from './manifests.js'
import type {Finding, Narrator} from './narrator.js'
import {byExtension, byFolder, git, listFiles, readFiles, type SourceFile} from './repository.js'

const CLI_LIMIT_MS = 20_000

/**
 * Looks at a checkout as a newcomer would, telling each step as it goes: history, layout, sizes,
 * longest files, notes left to do, dependencies. Every figure comes from the checkout itself.
 *
 * @param issueId the issue that the run is on; its status is set through the `multica` command
 * @returns the report, in Markdown
 */
export async function inspect(root: string, narrator: Narrator, issueId?: string): Promise<string> {
  narrator.think(
    'A newcomer wants to know: how old is it and who works on it, how is it laid out, where is the weight, what is left to do, and what does it lean on. Each of these can be read from the checkout.',
  )
  narrator.say(
    `I will inspect the repository at \`${root}\` and report what a newcomer should know.`,
  )
  if (issueId) await setStatus(narrator, issueId, 'in_progress')

  const history = await inspectHistory(root, narrator)
  const files = await inspectLayout(root, narrator)
  const weight = await inspectWeight(narrator, files)
  const todos = await inspectTodos(narrator, files)
  const dependencies = await inspectDependencies(root, narrator)
  const readme = await inspectReadme(root, narrator)

  const facts = [history, weight, readme, todos, dependencies].join('\n')
  const report = `## What this repository is made of\n\n${facts}`
  narrator.say(report)
  if (issueId) await setStatus(narrator, issueId, 'in_review')
  return report
}

/** Runs the `multica` command as any agent would: the way back to the issue is the command line. */
async function setStatus(narrator: Narrator, issueId: string, status: string): Promise<void> {
  const command = `multica issue status ${issueId} ${status}`
  await narrator.call('bash', {command}, async () => {
    const result = await execa('multica', ['issue', 'status', issueId, status], {
      timeout: CLI_LIMIT_MS,
      reject: false,
      all: true,
    })
    return {output: result.all || `issue is ${status}`, isError: result.exitCode !== 0}
  })
}

async function inspectHistory(root: string, narrator: Narrator): Promise<string> {
  const gitCall = (...args: string[]) =>
    narrator.call('bash', {command: `git ${args.join(' ')}`}, async () => ({
      output: (await git(root, ...args)) || '(nothing)',
    }))
  const log = await gitCall('log', '--oneline', '--no-decorate', '-15')
  if (log.isError) return '- **History**: not a git checkout.'
  const commits = await gitCall('rev-list', '--count', 'HEAD')
  const authors = await gitCall('shortlog', '-sn', 'HEAD')
  const first = await gitCall('log', '--max-parents=0', '--format=%as')
  const newest = await gitCall('log', '-1', '--format=%as')
  const status = await gitCall('status', '--short', '--branch')
  const people = authors.output.split('\n').filter(Boolean).length
  const dirty = status.output.split('\n').length - 1
  return [
    `- **History**: ${commits.output} commits by ${people} ${people === 1 ? 'person' : 'people'}, from ${first.output.split('\n').at(-1)} to ${newest.output}.`,
    `- **Work tree**: ${dirty === 0 ? 'clean' : count(dirty, 'uncommitted change')}.`,
  ].join('\n')
}

async function inspectLayout(root: string, narrator: Narrator): Promise<SourceFile[]> {
  let files: SourceFile[] = []
  await narrator.call('list_files', {path: root}, async () => {
    files = await readFiles(root, await listFiles(root))
    const rows = byFolder(files).map(
      (group) =>
        `${group.folder.padEnd(24)} ${count(group.files, 'file')}, ${count(group.lines, 'line')}`,
    )
    return {output: rows.join('\n') || '(empty)'}
  })
  return files
}

async function inspectWeight(narrator: Narrator, files: SourceFile[]): Promise<string> {
  const groups = byExtension(files)
  await narrator.call('count_lines', {group_by: 'extension'}, async () => ({
    output: groups
      .slice(0, 15)
      .map(
        (group) =>
          `${group.extension.padEnd(12)} ${count(group.files, 'file')}, ${count(group.lines, 'line')}, ${kib(group.bytes)}`,
      )
      .join('\n'),
  }))
  const longest = files
    .filter((file) => file.lines !== null)
    .sort((a, b) => (b.lines ?? 0) - (a.lines ?? 0))
    .slice(0, 10)
  await narrator.call('longest_files', {limit: 10}, async () => ({
    output: longest.map((file) => `${String(file.lines).padStart(7)} ${file.path}`).join('\n'),
  }))
  const lines = files.reduce((sum, file) => sum + (file.lines ?? 0), 0)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const first = longest[0]
  return [
    `- **Size**: ${count(files.length, 'file')}, ${count(lines, 'line')}, ${kib(bytes)}; mostly ${groups
      .slice(0, 3)
      .map((group) => `\`${group.extension}\``)
      .join(', ')}.`,
    `- **Longest file**: ${first ? `\`${first.path}\` with ${count(first.lines ?? 0, 'line')}` : 'none'}.`,
  ].join('\n')
}

async function inspectTodos(narrator: Narrator, files: SourceFile[]): Promise<string> {
  const notes = files.flatMap((file) =>
    file.todos.map((todo) => `${file.path}:${todo.line}: ${todo.text}`),
  )
  await narrator.call('grep', {pattern: 'TODO|FIXME|XXX|HACK'}, async () => ({
    output: notes.slice(0, 50).join('\n') || 'no notes left in the sources',
  }))
  return `- **Left to do**: ${notes.length === 0 ? 'no notes in the sources' : count(notes.length, 'note')}.`
}

async function inspectDependencies(root: string, narrator: Narrator): Promise<string> {
  let line = '- **Dependencies**: no list found.'
  await narrator.call('read_dependencies', {path: root}, async (): Promise<Finding> => {
    const manifests = await readManifests(root)
    if (manifests.length === 0) return {output: 'no dependency list found'}
    line = manifests
      .map(
        (manifest) =>
          `- **Dependencies** in \`${manifest.file}\`: ${manifest.dependencies.length}${manifest.scripts.length ? `; scripts: ${manifest.scripts.map((name) => `\`${name}\``).join(', ')}` : ''}.`,
      )
      .join('\n')
    return {
      output: manifests
        .map(
          (manifest) =>
            `${manifest.file}\n${manifest.dependencies.map((name) => `  ${name}`).join('\n')}`,
        )
        .join('\n'),
    }
  })
  return line
}

async function inspectReadme(root: string, narrator: Narrator): Promise<string> {
  let headings: string[] = []
  const finding = await narrator.call('read_file', {path: 'README.md'}, async () => {
    const text = await fs.readFile(join(root, 'README.md'), 'utf8')
    headings = text.split('\n').filter((row) => /^#{1,3} /.test(row))
    return {output: text.split('\n').slice(0, 40).join('\n')}
  })
  if (finding.isError) return '- **README**: none.'
  return `- **README**: ${count(headings.length, 'heading')}${headings[0] ? `, begins with “${headings[0].replace(/^#+ /, '')}”` : ''}.`
}

const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`
