import type {RefObject} from 'preact'
import {useCallback, useEffect, useLayoutEffect, useState} from 'preact/hooks'

/** Nearer than this to the end counts as "at the end" (contract §8.1). */
const NEAR_PX = 40

interface Stick {
  /** The reader is at the end, and new content keeps them there. */
  stuck: boolean
  toLatest: () => void
}

/**
 * Keeps a box, or the whole window, scrolled to its end while the reader is there; scrolling up lets go.
 * @param box the element that scrolls; null for the window
 * @param mark changes whenever content was added
 * @param live content may come; a run that has ended leaves the reader where they are
 */
export function useStickToBottom(
  box: RefObject<HTMLElement | null> | null,
  mark: unknown,
  live: boolean,
): Stick {
  const [stuck, setStuck] = useState(live)
  useEffect(() => {
    const element = scrollerOf(box)
    if (!element) return
    const target = box ? element : window
    let top = element.scrollTop
    const onScroll = () => {
      const near = element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR_PX
      // Content that grows moves the end away without the reader; only a movement upwards lets go.
      if (near) setStuck(true)
      else if (element.scrollTop < top) setStuck(false)
      top = element.scrollTop
    }
    target.addEventListener('scroll', onScroll, {passive: true})
    return () => target.removeEventListener('scroll', onScroll)
  }, [box])
  // `mark` is listed because it says that the content has grown.
  useLayoutEffect(() => {
    const element = scrollerOf(box)
    if (stuck && live && element) element.scrollTop = element.scrollHeight
  }, [stuck, live, mark, box])
  const toLatest = useCallback(() => setStuck(true), [])
  return {stuck, toLatest}
}

const scrollerOf = (box: RefObject<HTMLElement | null> | null): Element | null =>
  box ? box.current : document.scrollingElement
