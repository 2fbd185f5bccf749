import type {Database} from '../database.js'

/** Notices on a Postgres whose tokens, sessions, memberships or sight of agents have changed, without being told. */
export interface AccessWatch {
  /** Those of the people whose access is not what it was at the last call, or who are asked of for the first time. */
  changed(userIds: readonly string[]): Promise<string[]>
}

/** One query for all who read here, however many connections they have. */
export function createAccessWatch(db: Database): AccessWatch {
  const stampsOf = db.prepare(STAMPS)
  let seen = new Map<string, string>()
  return {
    async changed(userIds) {
      if (userIds.length === 0) return []
      const rows = await stampsOf.run<{user_id: string; stamp: string}>([[...userIds]])
      const stamps = new Map(rows.map(({user_id, stamp}) => [user_id, stamp]))
      const now = new Map(userIds.map((id) => [id, stamps.get(id) ?? '']))
      const changed = userIds.filter((id) => seen.get(id) !== now.get(id))
      seen = now
      return changed
    },
  }
}

const STAMPS = `SELECT user_id, md5(string_agg(what, ' ' ORDER BY what)) AS stamp FROM (
  SELECT user_id, id::text AS what FROM personal_access_token
    WHERE NOT revoked AND user_id = ANY ($1::uuid[])
  UNION ALL SELECT user_id, id::text FROM web_session WHERE user_id = ANY ($1::uuid[])
  UNION ALL SELECT user_id, workspace_id || role FROM member WHERE user_id = ANY ($1::uuid[])
  UNION ALL SELECT m.user_id, a.id::text FROM member m
    JOIN agent a ON a.workspace_id = m.workspace_id AND a.visibility = 'private'
    WHERE m.user_id = ANY ($1::uuid[])
) held GROUP BY user_id`
