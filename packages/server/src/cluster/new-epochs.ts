import { SERVER_ID_PREFIX } from '@tidings/protocol'
import { queryOne, type SqlDriver } from '../adapters/sql/driver.js'
import type { MessageStore } from '../ports/message-store.js'
import { type Command, RULES_VERSION } from '../stream/command.js'

const PAGE = 500

/**
 * R10: for every channel the command by which numbering starts anew above the head that is stored, all in one new
 * epoch. Readers who hold a higher number are reset by it. `nowMs` sets apart what two restores of one backup number.
 */
export async function* newEpochs(
  driver: Pick<SqlDriver, 'query'>,
  store: Pick<MessageStore, 'heads'>,
  nowMs: number,
): AsyncGenerator<readonly Command[]> {
  const highest = await highestEpoch(driver, store)
  const epoch = Math.max(highest + 1, Math.floor(nowMs / 1_000))
  for await (const channelIds of channels(driver)) {
    const heads = await store.heads(channelIds)
    yield channelIds.map((channelId, i) => ({
      kind: 'epoch.raise',
      epoch,
      fromSeq: heads[i]?.headSeq ?? 0,
      channelId,
      userId: SERVER_ID_PREFIX,
      clientMsgId: `${SERVER_ID_PREFIX}epoch-${epoch}`,
      messageId: `${SERVER_ID_PREFIX}epoch-${epoch}`,
      rules: RULES_VERSION,
      acceptedAt: nowMs,
      role: 'owner',
      membershipVersion: 0,
      requestId: `epoch-${epoch}`,
    }))
  }
}

async function highestEpoch(
  driver: Pick<SqlDriver, 'query'>,
  store: Pick<MessageStore, 'heads'>,
): Promise<number> {
  let highest = 1
  for await (const channelIds of channels(driver)) {
    for (const head of await store.heads(channelIds)) highest = Math.max(highest, head?.epoch ?? 1)
  }
  return highest
}

async function* channels(driver: Pick<SqlDriver, 'query'>): AsyncGenerator<readonly string[]> {
  for (let after = ''; ; ) {
    const rows = await queryOne(
      driver,
      `SELECT channel_id FROM channels WHERE channel_id > ? ORDER BY channel_id LIMIT ${PAGE}`,
      [after],
    )
    const channelIds = rows.map((row) => String(row.channel_id))
    if (channelIds.length > 0) yield channelIds
    const last = channelIds.at(-1)
    if (last === undefined || channelIds.length < PAGE) return
    after = last
  }
}
