import {QueryTypes, type Sequelize} from 'sequelize'

/** Notices on a Postgres whose tokens, sessions or memberships have changed, without being told. */
export interface AccessWatch {
  /** Those of the people whose access is not what it was at the last call, or who are asked of for the first time. */
  changed(userIds: readonly string[]): Promise<string[]>
}

/** One query for all who read here, however many connections they have. */
export function createAccessWatch(sequelize: Sequelize): AccessWatch {
  let seen = new Map<string, string>()
  return {
    async changed(userIds) {
      if (userIds.length === 0) return []
      const rows = await sequelize.query<{user_id: string; stamp: string}>(STAMPS, {
        replacements: {ids: [...userIds]},
        type: QueryTypes.SELECT,
      })
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
    WHERE NOT revoked AND user_id IN (:ids)
  UNION ALL SELECT user_id, id::text FROM web_session WHERE user_id IN (:ids)
  UNION ALL SELECT user_id, workspace_id || role FROM member WHERE user_id IN (:ids)
) held GROUP BY user_id`
