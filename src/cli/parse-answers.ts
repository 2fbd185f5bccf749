import {invalid} from '../errors.js'
import type {RequestQuestion} from '../protocol/task-request.js'

/**
 * Answers in the order of the questions: an option by its number or its label, or own words. Where
 * several may be chosen they stand behind each other with commas. What is optional may be empty.
 * @throws AppError when there are more or fewer answers than questions
 */
export function parseAnswers(
  questions: readonly RequestQuestion[],
  given: readonly string[],
): Record<string, string[]> {
  if (given.length !== questions.length) {
    const count = `${questions.length} answer${questions.length === 1 ? '' : 's'}`
    throw invalid(`the agent wants ${count}, in the order of its questions`, 'answers')
  }
  return Object.fromEntries(
    questions.map((question, index) => [question.id, chosen(question, given[index] ?? '')]),
  )
}

function chosen(question: RequestQuestion, text: string): string[] {
  if (question.optional && text.trim() === '') return []
  const whole = optionOf(question, text)
  if (whole !== undefined) return [whole]
  const parts = question.multiple ? text.split(',').map((part) => optionOf(question, part)) : []
  const labels = parts.filter((label) => label !== undefined)
  return labels.length > 0 && labels.length === parts.length ? labels : [text]
}

function optionOf({options}: RequestQuestion, text: string): string | undefined {
  const wanted = text.trim().toLowerCase()
  const byLabel = options.find(({label}) => label.toLowerCase() === wanted)
  return (byLabel ?? (/^\d+$/.test(wanted) ? options[Number(wanted) - 1] : undefined))?.label
}
