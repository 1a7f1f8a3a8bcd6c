/// <reference path="./kafkajs-internals.d.ts" />
import Runner from 'kafkajs/src/consumer/runner.js'

/**
 * The library starts its fetchers anew whenever the list of brokers changes, also when the consumer was stopped while
 * it waited for the old ones to end. Such fetchers ask a consumer that does not run, are answered at once with
 * nothing, and ask again without a turn of the loop in between: the whole process stands still, for ever. So a
 * fetcher that asks a consumer which does not run is stopped, and waits for a turn.
 */
function stopFetchersOfTheStopped(): void {
  const fetch = Runner.prototype.fetch
  Runner.prototype.fetch = async function fetchWhileRunning(nodeId) {
    if (this.running) return fetch.call(this, nodeId)
    void this.fetchManager.stop()
    await new Promise((resolve) => setImmediate(resolve))
    return []
  }
}

stopFetchersOfTheStopped()
