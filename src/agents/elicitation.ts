import * as z from 'zod'
import type {AskedQuestion} from './adapter.js'

/** A form as tools' servers ask for it: a flat object of simple fields (MCP, elicitation). */
const Field = z.looseObject({
  type: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  enum: z.array(z.string()).optional().catch(undefined),
  enumNames: z.array(z.string()).optional().catch(undefined),
  oneOf: z
    .array(z.looseObject({const: z.string(), title: z.string().optional()}))
    .optional()
    .catch(undefined),
  items: z.looseObject({}).optional().catch(undefined),
})
type Field = z.output<typeof Field>
const Schema = z.looseObject({
  properties: z.record(z.string(), Field).default({}),
  required: z.array(z.string()).default([]).catch([]),
})

/** A form's fields as questions; a form without fields is one question that wants a yes. */
export function questionsOfForm(message: string, schema: unknown): AskedQuestion[] {
  const {properties, required} = formOf(schema)
  const fields = Object.entries(properties)
  if (fields.length === 0) return [{id: ACCEPT, text: message, options: [{label: 'Accept'}]}]
  return fields.map(([id, field], index) => ({
    id,
    ...(field.title && {header: field.title}),
    text: [index === 0 ? message : '', field.description ?? field.title ?? id]
      .filter(Boolean)
      .join('\n'),
    options: optionsOf(field).map(({title}) => ({label: title})),
    ...(field.type === 'array' && {multiple: true}),
    ...(!required.includes(id) && {optional: true}),
    ...(isNumeric(field) && {numeric: true}),
  }))
}

/** The answers as the content of the form, in the types of its fields. */
export function contentOfForm(
  schema: unknown,
  answers: Record<string, string[]>,
): Record<string, unknown> {
  const fields = formOf(schema).properties
  const known = Object.entries(answers).filter(([id, values]) => fields[id] && values.length > 0)
  return Object.fromEntries(
    known.map(([id, values]) => [id, valueOfField(fields[id] as Field, values)]),
  )
}

const ACCEPT = 'accept'

function formOf(schema: unknown): z.output<typeof Schema> {
  const parsed = Schema.safeParse(schema ?? {})
  return parsed.success ? parsed.data : {properties: {}, required: []}
}

const isNumeric = ({type}: Field): boolean => type === 'number' || type === 'integer'

function optionsOf(field: Field): {value: string; title: string}[] {
  if (field.type === 'boolean') return ['Yes', 'No'].map((title) => ({value: title, title}))
  if (field.oneOf)
    return field.oneOf.map((one) => ({value: one.const, title: one.title ?? one.const}))
  if (field.items) return optionsOf(Field.parse(field.items))
  return (field.enum ?? []).map((value, index) => ({
    value,
    title: field.enumNames?.[index] ?? value,
  }))
}

function valueOfField(field: Field, given: string[]): unknown {
  const options = optionsOf(field)
  const values = given.map((text) => options.find(({title}) => title === text)?.value ?? text)
  const [first = ''] = values
  if (field.type === 'array') return values
  if (field.type === 'boolean') return /^(yes|true|y)$/i.test(first)
  if (isNumeric(field)) return Number(first)
  return first
}
