/** The note beside the work that says where the issue is (contract §5.9). */
export function renderIssueContext(issue: string, skills: readonly string[]): string {
  const lines = [
    '# Issue',
    '',
    `Issue id: ${issue}`,
    '',
    `- \`multica issue get ${issue} --output json\` reads it`,
    `- \`multica issue comment list ${issue} --output json\` reads its comments`,
  ]
  if (skills.length > 0) lines.push('', '## Skills', '', ...skills.map((name) => `- ${name}`))
  return `${lines.join('\n')}\n`
}
