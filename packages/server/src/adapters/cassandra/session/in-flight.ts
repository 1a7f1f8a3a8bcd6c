import { FewAtOnce } from '../../../environment/few-at-once.js'
import { StoreUnavailable } from '../../../ports/message-store.js'

/** Requests that wait for their turn at most; what comes above is told to come again (I7). */
const MAX_WAITING = 10_000

const refusal = (): StoreUnavailable =>
  new StoreUnavailable(`${MAX_WAITING} requests wait for Cassandra already.`)

/** Lets so many requests be under way at once; the others wait in order. */
export class InFlight extends FewAtOnce {
  constructor(max: number) {
    super({ max, waiting: { max: MAX_WAITING, refusal } })
  }
}
