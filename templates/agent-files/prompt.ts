export interface PromptInput {
  /** Identifier such as `LOC-3`, or null for a task without an issue. */
  issue: string | null
  /** Comments of people that no run has answered yet. */
  commentIds: readonly string[]
  /** Path of the file that the agent does not find by itself. */
  instructions?: string
}

/**
 * What an agent is told first (contract §5.10): who it is, which issue it works on, and how to read
 * it. Title, description and comments are read by the agent itself, so that it sees them as they are.
 */
export function renderPrompt({issue, commentIds, instructions}: PromptInput): string {
  const lines = ['You are a local coding agent for a Multica workspace.', '']
  if (instructions) {
    lines.push(
      `Read ${instructions} first: it says who you are and which commands you have. You are in a folder of the user; leave nothing there but your work.`,
      '',
    )
  }
  if (issue === null) return `${lines.join('\n')}There is no issue for this task.\n`
  lines.push(
    `Your issue id is ${issue}.`,
    '',
    `Begin by running \`multica issue get ${issue} --output json\`, then do the work that the issue asks for.`,
  )
  if (commentIds.length > 0) {
    lines.push(
      '',
      `Comments that nobody has answered yet: ${commentIds.join(', ')}. Read them with \`multica issue comment list ${issue} --output json\` and answer all of them in this run.`,
    )
  }
  return `${lines.join('\n')}\n`
}
