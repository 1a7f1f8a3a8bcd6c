import { describe, it } from 'vitest'
import { socketContract } from '../../src/ports/contract/socket.js'
import { fakeSockets } from './fake-sockets.js'
import { refuses } from './refused.js'
import { WRONG_SOCKETS } from './wrong-sockets.js'

socketContract('the fake sockets of tests', fakeSockets(), { describe, it })

refuses('sockets that', WRONG_SOCKETS, (wrong, name) => (runner) => {
  socketContract(name, fakeSockets(wrong), runner)
})
