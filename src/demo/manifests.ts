import {promises as fs} from 'node:fs'
import {join} from 'node:path'

export interface Manifest {
  file: string
  dependencies: string[]
  /** Names of the commands that the project offers, such as npm scripts. */
  scripts: string[]
}

type Reader = (text: string) => Omit<Manifest, 'file'>

const READERS: Readonly<Record<string, Reader>> = {
  'package.json': (text) => {
    const json = JSON.parse(text) as Record<string, Record<string, string> | undefined>
    const named = (section: string) =>
      Object.entries(json[section] ?? {}).map(([name, range]) => `${name} ${range}`)
    return {
      dependencies: [
        ...named('dependencies'),
        ...named('devDependencies').map((line) => `${line} (dev)`),
      ],
      scripts: Object.keys(json.scripts ?? {}),
    }
  },
  'requirements.txt': (text) => ({
    dependencies: text.split('\n').filter((line) => /^[A-Za-z0-9]/.test(line)),
    scripts: [],
  }),
  'go.mod': (text) => ({
    dependencies: [...text.matchAll(/^\s*(?:require\s+)?([\w.-]+\.[\w./-]+)\s+(v\S+)/gm)].map(
      (match) => `${match[1]} ${match[2]}`,
    ),
    scripts: [],
  }),
  'Cargo.toml': (text) => ({
    dependencies: (/\[dependencies\]([\s\S]*?)(?:\n\[|$)/.exec(text)?.[1] ?? '')
      .split('\n')
      .filter((line) => line.includes('=')),
    scripts: [],
  }),
}

/** The dependency lists that stand at the top of a checkout. A file that cannot be read is left out. */
export async function readManifests(root: string): Promise<Manifest[]> {
  const found: Manifest[] = []
  for (const [file, read] of Object.entries(READERS)) {
    const text = await fs.readFile(join(root, file), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    try {
      found.push({file, ...read(text)})
    } catch {
      found.push({file, dependencies: [], scripts: []})
    }
  }
  return found
}
