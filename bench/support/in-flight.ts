/** Does work over and over, `inFlight` at a time, for so many milliseconds. @returns times per second */
export async function keepInFlight(
  inFlight: number,
  ms: number,
  work: (lane: number) => Promise<void>,
): Promise<number> {
  const startedAt = performance.now()
  let done = 0
  await Promise.all(
    Array.from({length: inFlight}, async (_, lane) => {
      while (performance.now() - startedAt < ms) {
        await work(lane)
        done++
      }
    }),
  )
  return (done / (performance.now() - startedAt)) * 1000
}
