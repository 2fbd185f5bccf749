import {useContext, useState} from 'preact/hooks'
import {ActionsContext} from './actions.js'
import {Avatar} from './actor.js'
import {Markdown} from './markdown.js'

/** Where a comment is written; what was typed stays when it could not be sent. */
export function CommentBox({name, hint}: {name: string; hint: string}) {
  const actions = useContext(ActionsContext)
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const send = () => {
    if (text.trim() === '' || busy) return
    setBusy(true)
    void actions.addComment(text).then((sent) => {
      setBusy(false)
      if (sent) setText('')
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
  }
  return (
    <div class="comment">
      <span class="comment-avatar">
        <Avatar type="member" name={name} />
      </span>
      <div class="card comment-card">
        <WriteOrPreview text={text} onText={setText} onKeyDown={onKeyDown} label="Add a comment" />
        <div class="comment-actions">
          <span class="note">{hint}</span>
          <button
            type="button"
            class="btn btn-primary"
            disabled={busy || text.trim() === ''}
            onClick={send}
          >
            {busy ? 'Sending…' : 'Comment'}
          </button>
        </div>
      </div>
    </div>
  )
}

interface WriteOrPreviewProps {
  text: string
  onText: (text: string) => void
  onKeyDown?: (event: KeyboardEvent) => void
  label: string
}

/** A Markdown field with a preview. */
export function WriteOrPreview({text, onText, onKeyDown, label}: WriteOrPreviewProps) {
  const [preview, setPreview] = useState(false)
  return (
    <>
      <div class="write-tabs" role="tablist">
        <button
          type="button"
          role="tab"
          class="write-tab"
          aria-selected={!preview}
          onClick={() => setPreview(false)}
        >
          Write
        </button>
        <button
          type="button"
          role="tab"
          class="write-tab"
          aria-selected={preview}
          onClick={() => setPreview(true)}
        >
          Preview
        </button>
      </div>
      {preview ? (
        <Markdown text={text.trim() === '' ? 'Nothing to preview' : text} class="write-preview" />
      ) : (
        <textarea
          class="form-control write-text"
          aria-label={label}
          placeholder="Write in Markdown"
          rows={5}
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      )}
    </>
  )
}
