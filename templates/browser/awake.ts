const TICK_MS = 5000
/** A tick that comes this late means that the machine or the tab has slept. */
const SLEPT_MS = 30_000

/** Calls back when the machine has woken, the network is back, or the page came out of the cache. */
export function onAwake(callback: () => void): void {
  let last = Date.now()
  setInterval(() => {
    const slept = Date.now() - last > SLEPT_MS && document.visibilityState === 'visible'
    last = Date.now()
    if (slept) callback()
  }, TICK_MS)
  window.addEventListener('online', callback)
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) callback()
  })
}
