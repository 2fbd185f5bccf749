import {invalid} from '../errors.js'

/** The workspace that a command is about: its argument, else the one of the settings (contract §4.5). */
export function requireWorkspace(
  argument: string | undefined,
  settings: {workspaceId: string | undefined},
): string {
  const id = argument?.trim() || settings.workspaceId
  if (id) return id
  throw invalid('workspace ID is required: pass as argument or set MULTICA_WORKSPACE_ID')
}
