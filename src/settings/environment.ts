/** Environment variables by name, as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The one place that reads this process's environment; all else takes an `Environment`. */
export function processEnvironment(): Environment {
  return process.env
}

/** A variable's text without surrounding blanks; undefined when it is unset or blank (contract §4.1). */
export function readVariable(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim()
  return text === '' ? undefined : text
}
