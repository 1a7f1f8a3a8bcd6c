import assert from 'node:assert/strict'
import type { Directory } from '../directory.js'
import type { Membership, MembershipCache } from '../membership.js'
import { type ContractRunner, turns } from './runner.js'

export type MembershipSource = Pick<Directory, 'membership' | 'membershipsOf'>

/** An adapter under test. */
export interface MembershipHarness {
  /** The cache of another process over the same directory; in one process it may be the same object. */
  open(): Promise<MembershipCache>
  close(): Promise<void>
}

/** A directory whose answers can be held back. */
class SlowDirectory implements MembershipSource {
  readonly rows = new Map<string, Membership>()
  reads = 0
  #held: (() => void)[] | undefined

  set(membership: Membership): void {
    this.rows.set(`${membership.channelId} ${membership.userId}`, membership)
  }

  /** From now on answers wait; what they say is what is true now, when they are asked. */
  hold(): void {
    this.#held = []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const answer of held) answer()
  }

  async membership(channelId: string, userId: string): Promise<Membership | undefined> {
    this.reads += 1
    const answer = this.rows.get(`${channelId} ${userId}`)
    await this.#wait()
    return answer
  }

  async membershipsOf(userId: string): Promise<readonly Membership[]> {
    this.reads += 1
    const answer = [...this.rows.values()].filter((row) => row.userId === userId)
    await this.#wait()
    return answer
  }

  async #wait(): Promise<void> {
    const held = this.#held
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve))
  }
}

const member = (version: number, fields: Partial<Membership> = {}): Membership => ({
  channelId: 'general',
  userId: 'ada',
  workspaceId: 'w',
  role: 'member',
  version,
  ...fields,
})
const change = (version: number) => [{ channelId: 'general', userId: 'ada', version }]

/** What every MembershipCache must do. */
export function membershipCacheContract(
  name: string,
  makeHarness: (directory: MembershipSource) => Promise<MembershipHarness>,
  runner: ContractRunner,
): void {
  type Body = (parts: {
    cache: MembershipCache
    directory: SlowDirectory
    harness: MembershipHarness
  }) => Promise<void>
  const test = (title: string, body: Body) =>
    runner.it(title, async () => {
      const directory = new SlowDirectory()
      const harness = await makeHarness(directory)
      try {
        await body({ cache: await harness.open(), directory, harness })
      } finally {
        await harness.close()
      }
    })

  runner.describe(`${name} is a membership cache`, () => {
    test('answers what the directory says, who is no member too', async ({ cache, directory }) => {
      directory.set(member(3, { role: 'admin', visibleFromSeq: 9 }))
      assert.deepEqual(
        await cache.get('general', 'ada'),
        member(3, { role: 'admin', visibleFromSeq: 9 }),
      )
      assert.equal(await cache.get('general', 'bob'), undefined)
      assert.equal(await cache.get('random', 'ada'), undefined)
    })

    test('asks the directory once for what it keeps', async ({ cache, directory }) => {
      directory.set(member(1))
      directory.hold()
      const asked = [cache.get('general', 'ada'), cache.get('general', 'ada')]
      await turns()
      directory.release()
      await Promise.all(asked)
      await cache.get('general', 'ada')
      assert.equal(directory.reads, 1)
    })

    test('I8, R13: what was invalidated is not answered any more, in any process', async ({
      cache,
      directory,
      harness,
    }) => {
      directory.set(member(1))
      const other = await harness.open()
      await cache.get('general', 'ada')
      await other.get('general', 'ada')
      directory.rows.clear()
      await cache.invalidate(change(2))
      assert.equal(await cache.get('general', 'ada'), undefined)
      assert.equal(await other.get('general', 'ada'), undefined)
    })

    test('I8: who is invalidated as no member can be one again', async ({ cache, directory }) => {
      assert.equal(await cache.get('general', 'ada'), undefined)
      directory.set(member(1))
      await cache.invalidate(change(1))
      assert.deepEqual(await cache.get('general', 'ada'), member(1))
    })

    test('I8, R13: an answer that an invalidation overtook is neither given later nor kept', async ({
      cache,
      directory,
    }) => {
      directory.set(member(1))
      directory.hold()
      const early = cache.get('general', 'ada')
      await turns()
      directory.rows.clear()
      await cache.invalidate(change(2))
      const late = cache.get('general', 'ada')
      await turns()
      directory.release()
      assert.equal(await late, undefined)
      await early
      assert.equal(await cache.get('general', 'ada'), undefined)
    })

    test('a directory that fails is not remembered', async ({ cache, directory }) => {
      const { membership } = directory
      directory.membership = async () => {
        throw new Error('the directory is away')
      }
      await assert.rejects(cache.get('general', 'ada'))
      directory.membership = membership
      directory.set(member(1))
      assert.deepEqual(await cache.get('general', 'ada'), member(1))
    })

    test('R13: fresh is read from the directory each time', async ({ cache, directory }) => {
      directory.set(member(1))
      assert.deepEqual(await cache.fresh('ada'), [member(1)])
      directory.set(member(2, { channelId: 'random' }))
      assert.deepEqual(await cache.fresh('ada'), [member(1), member(2, { channelId: 'random' })])
      directory.rows.clear()
      assert.deepEqual(await cache.fresh('ada'), [])
    })

    test('tells of every invalidation until told to stop', async ({ cache, directory }) => {
      directory.set(member(1))
      const heard: number[] = []
      const stop = cache.onChange(({ version }) => heard.push(version))
      await cache.invalidate([...change(2), { channelId: 'random', userId: 'bob', version: 5 }])
      assert.deepEqual(heard, [2, 5])
      stop()
      await cache.invalidate(change(3))
      assert.deepEqual(heard, [2, 5])
    })
  })
}
