import type {Api} from '../client/api.js'
import type {Issue} from '../protocol/issue.js'

/** The issue's page for a browser; undefined when the server does not tell enough. */
export async function issueUrl(
  api: Api,
  appUrl: string,
  issue: Issue,
): Promise<string | undefined> {
  const workspaces = await api.workspaces().catch(() => [])
  const slug = workspaces.find(({id}) => id === issue.workspace_id)?.slug
  return slug && `${appUrl}/${slug}/issues/${issue.number}`
}
