import {OCTICON_PATHS, type OcticonName} from './octicon-paths.js'

interface OcticonProps {
  name: OcticonName
  /** Colour class and the like. */
  class?: string
  /** Read aloud; without it the icon is decoration. */
  label?: string
}

/** One 16 px Octicon as inline SVG, in the colour of the text. */
export function Octicon({name, class: className, label}: OcticonProps) {
  return (
    <svg
      class={className ? `octicon ${className}` : 'octicon'}
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="currentColor"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : 'true'}
    >
      <path d={OCTICON_PATHS[name]} />
    </svg>
  )
}

/** A turning ring: something is at work. */
export function Spinner({label}: {label?: string}) {
  return (
    <svg
      class="spinner"
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : 'true'}
    >
      <circle class="spinner-track" cx="8" cy="8" r="6.5" stroke-width="2" />
      <path class="spinner-arc" d="M8 1.5A6.5 6.5 0 0 1 14.5 8" stroke-width="2" />
    </svg>
  )
}
