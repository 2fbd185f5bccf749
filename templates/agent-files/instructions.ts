export interface InstructionsInput {
  agentName: string
  /** The agent's own instructions, verbatim. */
  instructions: string
  issue: string | null
  repositories: readonly {url: string; description: string}[]
  skills: readonly string[]
  /** Where skills lie that the agent does not find by itself; undefined when it does. */
  skillsFolder: string | undefined
}

/** First line of the files that are ours: only such a file is ever overwritten (fault D13). */
export const OWN_FILE_MARK = '<!-- multica agent runtime file -->'

/** The file that an agent reads at its start (contract §5.9). */
export function renderInstructions(input: InstructionsInput): string {
  return [
    `${OWN_FILE_MARK}\n\n# Multica agent runtime\n\nYou work on an issue of a Multica workspace. Read it and report to it through the \`multica\` command, which is on your PATH and already signed in.`,
    identity(input),
    commands(input.issue ?? '<issue id>'),
    repositories(input),
    workflow(input),
    skills(input),
    OUTPUT,
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n')
}

function identity({agentName, instructions}: InstructionsInput): string {
  if (instructions.trim() === '') return ''
  return `## Who you are\n\nYou are ${agentName}.\n\n${instructions.trim()}`
}

const commands = (issue: string): string => `## Commands

Reading:

- \`multica issue get ${issue} --output json\`: an issue
- \`multica issue list [--status S] [--priority P] [--assignee A] --output json\`: issues
- \`multica issue comment list ${issue} --output json\`: its comments
- \`multica workspace get --output json\`: the workspace
- \`multica agent list --output json\`: the agents

Writing, on your own issue:

- \`multica issue comment add ${issue} --content "…"\`: a comment
- \`multica issue status ${issue} <todo|in_progress|in_review|done|blocked>\`: the status
- \`multica issue update ${issue} [--title …] [--description …] [--priority …]\`: other fields`

function repositories({repositories: list}: InstructionsInput): string {
  if (list.length === 0) return ''
  const rows = list.map(({url, description}) => `| ${url} | ${description || '–'} |`)
  return `## Repositories

\`multica repo checkout <url>\` makes a worktree on a branch of your own and prints its path. Check out as many as you need.

| URL | what it is |
|---|---|
${rows.join('\n')}`
}

function workflow({issue, repositories: list}: InstructionsInput): string {
  const id = issue ?? '<issue id>'
  const code =
    list.length > 0
      ? 'check the repository that the issue is about out with `multica repo checkout <url>` and enter the folder that it prints'
      : 'make a branch of your own'
  return `## Workflow

You keep the issue's status yourself.

1. Read the issue: \`multica issue get ${id} --output json\`.
2. Set it in progress: \`multica issue status ${id} in_progress\`.
3. Read its comments: \`multica issue comment list ${id} --output json\`.
4. For work on code: ${code}, implement, commit, push, open a pull request where that is possible, and post its link as a comment. For anything else: post what you found as a comment.
5. Set it in review: \`multica issue status ${id} in_review\`.
6. If something keeps you from it: \`multica issue status ${id} blocked\`, and say why in a comment.`
}

function skills({skills: names, skillsFolder}: InstructionsInput): string {
  if (names.length === 0) return ''
  const where = skillsFolder
    ? `Each has a folder in \`${skillsFolder}\`; read its SKILL.md before you use it.`
    : 'You discover them by yourself.'
  return `## Skills\n\n${names.map((name) => `- ${name}`).join('\n')}\n\n${where}`
}

const OUTPUT = `## How to report

Write short, plain comments that say what came of it.

- Good: "Fixed the time-out in the login test: the clock was real. Pull request: …"
- Bad: "I have successfully completed the task by carefully analysing the code base and then …"`
