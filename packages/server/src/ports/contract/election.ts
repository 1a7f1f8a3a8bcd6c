import assert from 'node:assert/strict'
import type { Election } from '../election.js'
import {
  type ContractRunner,
  casesOver,
  type Eventually,
  eventuallyWithin,
  turns,
} from './runner.js'

/** Elections of several processes over the same place, which is theirs alone. */
export interface ElectionHarness {
  /** The election as another process has it. */
  join(): Promise<Election>
  /** Takes away from whoever is elected what it is elected by, without its doing. Left out where nothing can. */
  depose?(): Promise<void>
  close(): Promise<void>
}

/** What every Election must do. */
export function electionContract(
  name: string,
  makeHarness: () => Promise<ElectionHarness>,
  runner: ContractRunner,
): void {
  const eventually = eventuallyWithin(runner.patienceMs)
  const over = casesOver(runner, makeHarness)
  const test: ElectionCase = (title, body) =>
    over(title, async (harness) => body(harness, eventually))
  runner.describe(`${name} is an election`, () => {
    cases(test)
  })
}

type ElectionCase = (
  title: string,
  body: (harness: ElectionHarness, eventually: Eventually) => Promise<void>,
) => void

/** A candidate that notes its terms and works until it is told to stop. */
function observed() {
  const seen = { terms: 0, working: 0, settle: () => {} }
  async function elected(held: AbortSignal): Promise<void> {
    seen.terms += 1
    seen.working += 1
    await new Promise<void>((resolve) => {
      seen.settle = resolve
      held.addEventListener('abort', () => resolve(), { once: true })
    })
    seen.working -= 1
  }
  return { seen, elected }
}

function cases(test: ElectionCase): void {
  test('R15: of several that stand one is elected', async ({ join }, eventually) => {
    const processes = [observed(), observed(), observed()]
    const candidacies = []
    for (const { elected } of processes) candidacies.push((await join()).stand(elected))
    const working = () => processes.reduce((sum, { seen }) => sum + seen.working, 0)
    await eventually('one is elected', () => working() === 1)
    await turns()
    assert.equal(working(), 1)
    await Promise.all(candidacies.map((candidacy) => candidacy.close()))
    assert.equal(working(), 0)
  })

  test('another is elected when the one resigns, and not before its work has settled', async ({
    join,
  }, eventually) => {
    let settle = () => {}
    let told = false
    let over = false
    const first = (await join()).stand(async (held) => {
      held.addEventListener('abort', () => (told = true), { once: true })
      await new Promise<void>((resolve) => (settle = resolve))
      over = true
    })
    await eventually('the first is elected', () => settle.name !== 'settle')
    const other = observed()
    let overBefore: boolean | undefined
    const second = (await join()).stand((held) => {
      overBefore ??= over
      return other.elected(held)
    })
    const closing = first.close()
    await eventually('the first is told', () => told)
    await turns()
    assert.equal(other.seen.terms, 0)
    settle()
    await closing
    await eventually('the second is elected', () => other.seen.working === 1)
    assert.equal(overBefore, true)
    await second.close()
  })

  test('who has settled of its own accord stands again', async ({ join }, eventually) => {
    const election = await join()
    let terms = 0
    const candidacy = election.stand(async () => {
      terms += 1
      if (terms === 1) throw new Error('cannot do it now')
    })
    await eventually('it is elected again', () => terms > 1)
    await candidacy.close()
  })

  test('who does not stand any more is not elected', async ({ join }, eventually) => {
    const election = await join()
    const [gone, there] = [observed(), observed()]
    const first = election.stand(there.elected)
    await eventually('the first is elected', () => there.seen.working === 1)
    const second = (await join()).stand(gone.elected)
    await second.close()
    await first.close()
    const third = (await join()).stand(there.elected)
    await eventually('another is elected', () => there.seen.terms === 2)
    assert.equal(gone.seen.terms, 0)
    await third.close()
  })

  test('R15: who is deposed is told, and is elected again only when its work has settled', async ({
    join,
    depose,
  }, eventually) => {
    if (depose === undefined) return
    const election = await join()
    const terms: { held: AbortSignal; settle: () => void }[] = []
    const candidacy = election.stand(
      (held) => new Promise((resolve) => terms.push({ held, settle: resolve })),
    )
    await eventually('it is elected', () => terms.length === 1)
    await depose()
    await eventually('it is told', () => terms[0]?.held.aborted === true)
    await turns(100)
    assert.equal(terms.length, 1)
    terms[0]?.settle()
    await eventually('it is elected again', () => terms.length === 2)
    const closing = candidacy.close()
    terms[1]?.settle()
    await closing
  })
}
