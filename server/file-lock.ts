import {promises as fs} from 'node:fs'
import {mkdir} from 'node:fs/promises'
import {dirname} from 'node:path'
import sqlite3 from 'sqlite3'
import {AppError} from '../src/errors.js'

/**
 * Keeps a second server away from the same SQLite file. The lock is an open exclusive transaction of
 * a tiny database beside it: the system releases it when the process dies, however it dies.
 * @returns a function that releases the lock
 * @throws AppError naming the holder
 */
export async function lockDatabaseFile(file: string): Promise<() => Promise<void>> {
  await makeFolder(dirname(file))
  const lockFile = `${file}.lock`
  const holderFile = `${file}.holder`
  const handle = await open(lockFile)
  try {
    await run(handle, 'BEGIN EXCLUSIVE')
  } catch (error) {
    await close(handle)
    const holder = await fs.readFile(holderFile, 'utf8').catch(() => '')
    const who = holder.trim() ? ` (process ${holder.trim()})` : ''
    throw new AppError(
      'unavailable',
      `another multica server${who} uses ${file}; stop it, or choose another --data-dir`,
      {cause: error},
    )
  }
  await fs.writeFile(holderFile, `${process.pid}\n`, {mode: 0o600})
  return async () => {
    await fs.rm(holderFile, {force: true})
    await close(handle)
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, {recursive: true, mode: 0o700})
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code
    throw new AppError(
      'unavailable',
      `cannot make the folder ${folder} (${why}); choose another with --data-dir`,
      {cause: error},
    )
  }
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const handle = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(handle)))
  })
}

function run(handle: sqlite3.Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    handle.run(sql, (error) => (error ? reject(error) : resolve()))
  })
}

function close(handle: sqlite3.Database): Promise<void> {
  return new Promise((resolve) => {
    handle.close(() => resolve())
  })
}
