/**
 * What the work gives, or the reason of the signal as soon as it aborts. Node's fetch listens to its signal
 * by itself, but no longer once the garbage collector has taken the request that it has made inside (undici
 * #4984): a call whose connection has gone would then never end.
 * @throws what the work throws, and the signal's reason
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, {once: true})
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
