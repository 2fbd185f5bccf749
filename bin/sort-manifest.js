#!/usr/bin/env node
// oclif reads the commands side by side and writes them in the order in which they came. The file is
// committed, so it gets an order of its own.
import {readFile, writeFile} from 'node:fs/promises'

const file = new URL('../oclif.manifest.json', import.meta.url)
const manifest = JSON.parse(await readFile(file, 'utf8'))
const names = Object.keys(manifest.commands).sort()
manifest.commands = Object.fromEntries(names.map((name) => [name, manifest.commands[name]]))
await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`)
