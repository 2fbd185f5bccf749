/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    // A pending promise alone does not keep a process alive.
    const timer = setInterval(() => undefined, 2 ** 30)
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(timer)
        resolve()
      },
      {once: true},
    )
  })
}
