import type {Api} from '../../client/api.js'
import {ApiError} from '../../client/http-client.js'
import {isTransient, retry} from '../../client/retry.js'
import {AppError, notFound} from '../../errors.js'
import {parseUuid} from '../../ids.js'
import type {Task} from '../../protocol/task.js'

export interface PatienceOptions {
  signal: AbortSignal
  /** False: the first failure of the network is the last one. */
  retry: boolean
  /** Gives up after this time, in milliseconds, with the last failure. */
  deadlineMs?: number | undefined
  onRetry?: (error: unknown) => void
}

/** The client's own patience is enough. */
const ONCE: PatienceOptions = {signal: new AbortController().signal, retry: false}

/** Repeats a read until the server answers, for as long as the signal lets it. */
export function patiently<T>(read: () => Promise<T>, options: PatienceOptions): Promise<T> {
  return retry(read, {
    signal: options.signal,
    deadlineMs: options.deadlineMs,
    isFinal: (error) => !options.retry || !isTransient(error),
    ...(options.onRetry && {onRetry: options.onRetry}),
  })
}

/**
 * The run that somebody means: a task id, or an issue (`LOC-3` or its id) for its newest run.
 * @throws AppError `not_found` saying which of them there is not
 */
export async function findTask(
  api: Api,
  named: string,
  options: PatienceOptions = ONCE,
): Promise<Task> {
  const isUuid = parseUuid(named) !== undefined
  if (isUuid) {
    const task = await orUndefined(patiently(() => api.task(named), options))
    if (task) return task
  }
  const runs = await orUndefined(patiently(() => api.issueTasks(named), options))
  if (!runs) throw notFound(isUuid ? `task or issue ${named}` : `issue ${named}`)
  const [newest] = runs
  if (!newest)
    throw new AppError(
      'not_found',
      `${named} has no run yet; put an agent on it with "multica issue assign ${named} --to <agent>"`,
    )
  return newest
}

async function orUndefined<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}
