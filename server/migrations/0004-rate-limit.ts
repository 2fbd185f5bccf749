import type {Migration} from './migrate.js'

/** Counters of attempts, shared by all servers of one database. */
export const rateLimit: Migration = {
  name: '0004-rate-limit',
  async up(sequelize, transaction) {
    await sequelize.query(
      'CREATE TABLE rate_limit (key VARCHAR(255) PRIMARY KEY, hits INTEGER NOT NULL, resets_at BIGINT NOT NULL)',
      {transaction},
    )
  },
}
