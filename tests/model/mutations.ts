import { loadFrom } from '../../packages/server/src/adapters/memory/store-load.js'
import type { StoreTables } from '../../packages/server/src/adapters/memory/store-tables.js'
import { HeldIds } from '../../packages/server/src/sequencer/held-ids.js'
import type { Effect } from '../../packages/server/src/stream/event.js'
import { writeSteps } from '../../packages/server/src/stream/write-steps.js'
import { HOLDING_RULES, REAL_RULES, type Rules } from './rules.js'

const END = { generation: 1_000, partition: 0, offset: 0 }

export interface Mutation {
  readonly rules: Rules
  /** A world in which it shows. */
  readonly letters: string
  /** How it shows. */
  readonly verdict: RegExp
}

const broken = (letters: string, verdict: RegExp, rules: Partial<Rules>): Mutation => ({
  letters,
  verdict,
  rules: { ...REAL_RULES, ...rules },
})

/** As a store does that puts the time of arrival on what it writes. */
function arrivesLast(tables: StoreTables, effect: Effect): Effect {
  const last = tables.effects(effect.target).at(-1)?.position.offset ?? -1
  const { position } = effect
  return position.offset < last
    ? { ...effect, position: { ...position, offset: last + 0.5 } }
    : effect
}

/** Patched copies of the real pieces, each with one rule broken. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'R1: a sequencer keeps what it knew from one assignment to the next': broken('stsx', /^I2/, {
    forgets: false,
  }),
  'R2: the state is the newest instead of the last below': broken('sesx', /^I2/, {
    load: (tables, request) => ({
      ...loadFrom(tables, request),
      channels: loadFrom(tables, { ...request, below: END }).channels.map((channel) => ({
        ...channel,
        above: [],
      })),
    }),
  }),
  'R4: a row of the command’s own id, from another sequencer, counts as a repeat': broken(
    'sesx',
    /^R3/,
    {
      load(tables, request) {
        const { below } = request
        const position = { ...below, offset: below.offset - 1 }
        const ids = loadFrom(tables, { ...request, below: END }).ids
        return { ...loadFrom(tables, request), ids: ids.map((row) => row && { ...row, position }) }
      },
    },
  ),
  'R4: what was in a window of ids before the assignment began is not held': broken('sesx', /^I2/, {
    ...HOLDING_RULES,
    load: (tables, request) => ({
      ...loadFrom(tables, request),
      ...(request.windows && { windows: request.windows.map(() => []) }),
    }),
  }),
  'R4: what the assignment itself writes is not added to the windows it holds': broken(
    'sesx',
    /^I2/,
    {
      heldIds: () =>
        new (class extends HeldIds {
          override install(...told: Parameters<HeldIds['install']>): void {
            this.add = HeldIds.prototype.add
            super.install(...told)
            this.add = () => undefined
          }
        })(),
    },
  ),
  'R5: a reaction is judged as it is now': broken('rusx', /^R3/, {
    load: (tables, request) => ({
      ...loadFrom(tables, request),
      targets: loadFrom(tables, { ...request, below: END }).targets,
    }),
  }),
  'R6: the later bucket of a run is written before the earlier': broken('stsx', /^I4/, {
    steps: (batch) => {
      const steps = writeSteps(batch)
      const rows = steps.filter((step) => step.step === 'rows')
      return [...rows.reverse(), ...steps.filter((step) => step.step !== 'rows')]
    },
  }),
  'R6: what arrives later wins over what has a higher position': broken('efsx', /^I5/, {
    apply: (tables, step) =>
      tables.apply(
        'effects' in step
          ? { ...step, effects: step.effects.map((effect) => arrivesLast(tables, effect)) }
          : step,
      ),
  }),
  'R7: the state that readers see goes first': broken('sesx', /^I4/, {
    steps: (batch) => {
      const steps = writeSteps(batch)
      const states = steps.filter((step) => step.step === 'state')
      return [...states, ...steps.filter((step) => step.step !== 'state')]
    },
  }),
  'R7: an answer is given before anything is written': broken('sesx', /^I1/, { steps: () => [] }),
  'R7: ids are not written': broken('sesx', /^I3/, {
    steps: (batch) => writeSteps({ ...batch, ids: [] }),
  }),
  'R8: an offset is committed before its write is answered': broken('sesx', /^I[13]/, {
    committable: (_, folded) => folded,
  }),
}
