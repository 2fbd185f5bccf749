/** Every size, count and time of the stream protocol. Units are in the names. */

/** stream §2: stored `content`, `output` and serialised `input`, each, before they are cut and marked. */
export const MAX_FIELD_BYTES = 1024 * 1024
/** stream §2: what goes out on SSE of `output` and of serialised `input`. */
export const MAX_LIVE_FIELD_BYTES = 8 * 1024
/** Largest number that a message or an event can have: what both databases keep it in. */
export const MAX_SEQ = 2_147_483_647
/** stream §3: messages in one upload. */
export const MAX_BATCH_MESSAGES = 500
/** stream §3: bytes of one upload's body, after decompression. */
export const MAX_BATCH_BYTES = 8 * 1024 * 1024
/** contract §0.1: the same for an original daemon, which sends unlimited tool input in one batch. */
export const MAX_LEGACY_BATCH_BYTES = 64 * 1024 * 1024
/** contract §0.1: results and skills. */
export const MAX_RESULT_BYTES = 8 * 1024 * 1024
/** Every other JSON body. */
export const MAX_BODY_BYTES = 1024 * 1024
/** stream §4: messages in one page of a list. */
export const MAX_PAGE_MESSAGES = 1000
/** contract §7.8: characters of a result that become the comment; the transcript holds the rest. */
export const MAX_RESULT_COMMENT_CHARACTERS = 32_000

/** stream §3.4: silence after which the worker sends an empty batch. */
export const KEEP_ALIVE_MS = 15_000
/** stream §3.5: longest an open text block waits for its flush. */
export const TEXT_FLUSH_MS = 250
/** stream §3.5: time in which closed blocks, tool messages and errors gather into one request. */
export const COALESCE_MS = 20
/** stream §3: first and last delay between tries of an upload; half of each is jitter. */
export const RETRY_FIRST_MS = 100
export const RETRY_LAST_MS = 10_000
/** stream §5.5: silence on an SSE connection after which a comment is sent. */
export const SSE_HEARTBEAT_MS = 10_000
/** stream §5.5: what a reader is told to wait before it connects again. */
export const SSE_RETRY_MS = 1000
/** A reader that hears nothing for this long (three heartbeats and a half) reconnects. */
export const SSE_STALL_MS = 35_000
/** stream §7: silence of a worker after which its lease is over. */
export const LEASE_MS = 60_000
/** contract §7.9: silence of a runtime after which it counts as offline. */
export const RUNTIME_STALE_MS = 45_000
/** contract §5.2 */
export const HEARTBEAT_INTERVAL_MS = 15_000
/** contract §7.6: a claim that was never started is delivered again after this. */
export const CLAIM_REDELIVERY_MS = 60_000
