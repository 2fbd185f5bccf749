import {useState} from 'preact/hooks'
import type {RequestAnswer, RequestQuestion} from '../../src/protocol/task-request.js'
import {Octicon} from '../icons/octicon.js'

interface AnswerFormProps {
  questions: readonly RequestQuestion[]
  busy: boolean
  onAnswer: (answer: RequestAnswer) => void
}

/** Questions with options and room for own words. */
export function AnswerForm({questions, busy, onAnswer}: AnswerFormProps) {
  const [answers, setAnswers] = useState<Record<string, string[]>>({})
  const [own, setOwn] = useState<Record<string, string>>({})
  const given = Object.fromEntries(
    questions.map(({id}) => [id, [...(answers[id] ?? []), own[id]?.trim() ?? ''].filter(Boolean)]),
  )
  const complete = questions.every(({id, optional}) => optional || (given[id] ?? []).length > 0)
  const submit = (event: Event) => {
    event.preventDefault()
    if (complete && !busy) onAnswer({outcome: 'answer', answers: given})
  }
  return (
    <form onSubmit={submit}>
      {questions.map((question) => (
        <QuestionField
          key={question.id}
          question={question}
          chosen={answers[question.id] ?? []}
          own={own[question.id] ?? ''}
          onChoose={(labels) => {
            setAnswers({...answers, [question.id]: labels})
            // One answer: what was written before gives way to the option.
            if (!question.multiple) setOwn({...own, [question.id]: ''})
          }}
          onOwn={(text) => {
            setOwn({...own, [question.id]: text})
            if (!question.multiple && text) setAnswers({...answers, [question.id]: []})
          }}
        />
      ))}
      <div class="request-actions">
        <button
          type="button"
          class="btn"
          disabled={busy}
          onClick={() => onAnswer({outcome: 'deny'})}
        >
          No answer
        </button>
        <button type="submit" class="btn btn-primary" disabled={busy || !complete}>
          Answer
        </button>
      </div>
    </form>
  )
}

interface QuestionFieldProps {
  question: RequestQuestion
  chosen: readonly string[]
  own: string
  onChoose: (labels: string[]) => void
  onOwn: (text: string) => void
}

function QuestionField({question, chosen, own, onChoose, onOwn}: QuestionFieldProps) {
  const {id, header, text, options, multiple, optional, numeric} = question
  const wanted = numeric ? 'A number' : options.length > 0 ? 'Or in your own words' : 'Your answer'
  const toggle = (label: string, on: boolean) => {
    if (!multiple) onChoose(on ? [label] : [])
    else onChoose(on ? [...chosen, label] : chosen.filter((other) => other !== label))
  }
  return (
    <fieldset class="request-question">
      <legend class="request-head">
        <Octicon name="comment" class="tone-attention" />
        <strong class="request-title">{text}</strong>
        {header && header !== text && <span class="counter">{header}</span>}
      </legend>
      {options.map(({label, description}) => (
        <label key={label} class="request-option">
          <input
            type={multiple ? 'checkbox' : 'radio'}
            name={`question-${id}`}
            checked={chosen.includes(label)}
            onChange={(event) => toggle(label, event.currentTarget.checked)}
          />
          <span>
            {label}
            {description && <span class="tone-muted"> – {description}</span>}
          </span>
        </label>
      ))}
      <input
        class="form-control request-own"
        aria-label={`Own words: ${text}`}
        {...(numeric && {type: 'number', step: 'any'})}
        placeholder={`${wanted}${optional ? ' (optional)' : ''}`}
        value={own}
        onInput={(event) => onOwn(event.currentTarget.value)}
      />
    </fieldset>
  )
}
