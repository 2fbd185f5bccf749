/**
 * Arguments of `node` for processes that run for days beside the user's work and have little to do: a
 * small space for young objects keeps the memory that starting up has used from staying (performance §1).
 */
export const LEAN_NODE = ['--max-semi-space-size=1'] as const
