/// <reference path="./kafkajs-internals.d.ts" />
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

/**
 * From its first answer on the library looks a thousand times a second, on every connection, whether a request waits
 * for its turn, also where none does: it sets a timer whose time is long past, and sets it again when it fires. An
 * idle process spends a fiftieth of a core on that for each connection. Nothing is missed without it: whatever
 * comes to wait sets the timer itself, and each answer looks, too.
 */
function letEmptyQueuesRest(): void {
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests
  RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhereOneWaits() {
    if (this.pending.length > 0) schedule.call(this)
  }
}

letEmptyQueuesRest()
