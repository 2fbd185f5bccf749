#!/usr/bin/env node
import {readFileSync} from 'node:fs'

const [, , first, ...rest] = process.argv
if (rest.length === 0 && (first === '--version' || first === '-v')) {
  // What scripts ask most often needs nothing of what follows.
  const {name, version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)))
  const {platform, arch, version: node} = process
  console.log(`${name}/${version} ${platform}-${arch} node-${node}`)
} else {
  const {execute} = await import('@oclif/core/execute')
  await execute({dir: import.meta.url})
}
