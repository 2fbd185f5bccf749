import type {AgentQuestion} from '../agents/adapter.js'
import type {RequestAnswer} from '../protocol/task-request.js'

const MAX_CHARACTERS = 300
/** Members of a tool's input that tell best what it is about. */
const TELLING = ['command', 'file_path', 'path', 'url', 'query', 'pattern', 'description']

/** What is asked, in a line: `Bash: rm -r build`, or the texts of the questions. */
export function describeQuestion(question: AgentQuestion): string {
  if (question.kind === 'question') return question.questions.map(({text}) => text).join(' · ')
  const {tool, input, title} = question
  const key = TELLING.find((name) => typeof input[name] === 'string' && input[name] !== '')
  const about = key === undefined ? title : String(input[key])
  return short(about ? `${tool}: ${about}` : tool)
}

/** What a person has answered, as their own words. */
export function describeAnswer(question: AgentQuestion, answer: RequestAnswer): string {
  switch (answer.outcome) {
    case 'allow':
      return `approved ${describeQuestion(question)}`
    case 'deny':
      return `denied ${describeQuestion(question)}${answer.message ? ` – ${answer.message}` : ''}`
    case 'answer':
      return answerLines(question, answer.answers) || `left open: ${describeQuestion(question)}`
  }
}

function answerLines(question: AgentQuestion, answers: Record<string, string[]>): string {
  if (question.kind !== 'question') return ''
  return question.questions
    .filter(({id}) => (answers[id] ?? []).length > 0)
    .map(({id, header, text}) => `${header ?? text}: ${(answers[id] ?? []).join(', ')}`)
    .join('\n')
}

function short(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  const characters = [...line]
  return characters.length > MAX_CHARACTERS
    ? `${characters.slice(0, MAX_CHARACTERS).join('')}…`
    : line
}

/** `45 s`, `60 min`, `3 h` */
export function describeSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
