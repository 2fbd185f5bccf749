import {useEffect, useState} from 'preact/hooks'
import type {PageState} from '../state/page-state.js'

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'relative-time': {datetime: string; class?: string; prefix?: string; children?: string}
    }
  }
}

/** A point in time, as its date until the browser turns it into "3 minutes ago". */
export function Time({at}: {at: string}) {
  return (
    <relative-time datetime={at} prefix="">
      {at.slice(0, 10)}
    </relative-time>
  )
}

/**
 * The server's time in milliseconds, each second while `ticking`. The first value is the server's, so that the
 * browser's first drawing is the same as the server's.
 */
export function useNow(
  {renderedAt, clockSkewMs}: Pick<PageState, 'renderedAt' | 'clockSkewMs'>,
  ticking: boolean,
): number {
  const [now, setNow] = useState(() => Date.parse(renderedAt))
  useEffect(() => {
    if (!ticking) return
    const tick = () => setNow(Date.now() + clockSkewMs)
    tick()
    const timer = setInterval(tick, 1000)
    return () => clearInterval(timer)
  }, [ticking, clockSkewMs])
  return now
}
