import { createNodeEnvironment } from '../../src/environment/node.js'

const environment = createNodeEnvironment()
environment.setTimer(() => {}, 3_600_000)
environment.openSocket(process.argv[2] ?? '', ['tidings.v1'], {
  opened: () => {
    environment.setTimer(() => {}, 3_600_000)
    environment.unref?.()
  },
  message() {},
  closed: () => process.exit(1),
})
