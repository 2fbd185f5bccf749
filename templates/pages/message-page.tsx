import {Octicon} from '../icons/octicon.js'

interface MessagePageProps {
  title: string
  text: string
  home: string
}

/** A page that only says something: not found, no access, an error. */
export function MessagePage({title, text, home}: MessagePageProps) {
  return (
    <main class="gate">
      <Octicon name="alert" class="gate-logo" />
      <h1 class="gate-title">{title}</h1>
      <p class="gate-text">{text}</p>
      <a class="btn" href={home}>
        Back to the start
      </a>
    </main>
  )
}
