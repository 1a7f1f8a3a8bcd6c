import type { Fault } from './fault.js'
import { processFaults } from './processes.js'
import { sequencerFaults } from './sequencer.js'

/** Every fault that there is, each under a name of its own. */
export const faults: readonly Fault[] = [...processFaults, ...sequencerFaults]
