import type { MessageRef } from '@tidings/sdk'
import type { ClientStep } from '../../plan/steps.js'
import type { Life } from '../../world/life.js'
import { channelName } from '../names.js'
import type { World } from '../world.js'

/** What applications do with their clients. A tab that has none just now does nothing. */
export function clientAction(world: World, step: ClientStep): void {
  const tab = world.tabs[step.tab]
  const life = tab && world.alive(tab)
  if (life === undefined || life.page.isFrozen) return
  switch (step.do) {
    case 'send':
      return send(world, life, step)
    case 'edit':
    case 'delete':
    case 'react':
    case 'unreact':
      return change(life, step)
    case 'history':
      return history(life, step)
    case 'load_older':
      return void life.channel(channelName(step.channel)).timeline.loadOlder().catch(noop)
    case 'open':
      return life.open(channelName(step.channel))
    case 'close_channel':
      return life.closeChannel(channelName(step.channel))
    case 'retry_parked':
      return parked(world, life, (id) => {
        const again = life.client.outbox.retry(id)
        again.catch(noop)
        // what was certainly without effect goes again under another id
        const asked = life.asked.find(({ clientMsgId }) => clientMsgId === id)
        if (asked)
          life.ask(
            asked.kind,
            asked.channelId,
            asked.text,
            retried(again),
            again.clientMsgId,
          ).touched = true
      })
    case 'discard_parked':
      return parked(world, life, (id) => life.client.outbox.discard(id))
  }
}

const NEWEST = 3

const noop = (): void => undefined

const retried = async (
  promise: Promise<{ epoch: number; channelSeq: number | undefined; messageId: string }>,
) => promise

function send(world: World, life: Life, step: ClientStep & { do: 'send' }): void {
  const channelId = channelName(step.channel)
  const replyTo = step.reply === undefined ? undefined : pick(life, channelId, step.reply, false)
  const abort = step.abortMs === undefined ? undefined : new AbortController()
  const sending = life
    .channel(channelId)
    .send({ text: step.text, replyTo }, { signal: abort?.signal })
  const asked = life.ask('send', channelId, step.text, sending, sending.clientMsgId)
  if (abort === undefined) return
  world.scheduler.after(step.abortMs ?? 0, () =>
    life.page.run(() => {
      if (asked.settled > 0) return
      asked.touched = true
      world.coverage.hit('send_aborted')
      abort.abort()
    }),
  )
}

function change(
  life: Life,
  step: ClientStep & { do: 'edit' | 'delete' | 'react' | 'unreact' },
): void {
  const channelId = channelName(step.channel)
  const isOwn = step.do === 'edit' || step.do === 'delete'
  const target = pick(life, channelId, step.pick, isOwn)
  if (target === undefined) return
  const channel = life.channel(channelId)
  switch (step.do) {
    case 'edit':
      return void life.ask('edit', channelId, step.text, channel.edit(target, step.text))
    case 'delete':
      return void life.ask('delete', channelId, '', channel.delete(target))
    case 'react':
      return void life.ask('react', channelId, step.emoji, channel.react(target, step.emoji))
    case 'unreact':
      return void life.ask('unreact', channelId, step.emoji, channel.unreact(target, step.emoji))
  }
}

function history(life: Life, step: ClientStep & { do: 'history' }): void {
  const channelId = channelName(step.channel)
  const known = life.known.get(channelId)
  const before = step.back === 0 ? undefined : known?.[Math.max(0, known.length - step.back)]
  const read = async (): Promise<void> => {
    const page = await life
      .channel(channelId)
      .history({ limit: step.limit, ...(before !== undefined && { before }) })
    life.pages.push({ channelId, items: page.items })
    for (const message of page.items.slice(-5)) life.know(channelId, message)
  }
  read().catch(noop)
}

/** One of the messages that the client has seen; mostly one of its own where only its author may. */
function pick(
  life: Life,
  channelId: string,
  chance: number,
  isOwn: boolean,
): MessageRef | undefined {
  const known = life.known.get(channelId) ?? []
  const own = isOwn && chance < 0.9 ? known.filter(({ userId }) => userId === life.userId) : known
  const choice = own.length > 0 ? own : known
  // people react to what was said last: mostly one of the newest few
  const newest = choice.slice(-NEWEST)
  return chance < 0.6
    ? newest[Math.floor((chance / 0.6) * newest.length)]
    : choice[Math.floor(((chance - 0.6) / 0.4) * choice.length)]
}

function parked(world: World, life: Life, then: (clientMsgId: string) => void): void {
  const lives = world.tabs.flatMap((tab) => tab.lives)
  for (const { state, clientMsgId } of life.client.outbox.list()) {
    if (state !== 'parked') continue
    // another tab of the same user may have made it: what it gives up, or sends later, is out of its order
    const asked = lives.flatMap((one) => one.asked).filter((one) => one.clientMsgId === clientMsgId)
    for (const one of asked) one.touched = true
    then(clientMsgId)
  }
}
