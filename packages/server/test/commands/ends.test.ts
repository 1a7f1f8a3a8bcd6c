import { afterEach, describe, expect, it } from 'vitest'
import { killCommands, startCommand } from '../support/command.js'

afterEach(killCommands)

describe('the command', () => {
  it.each([
    [['--version'], 0],
    [['--log', 'paper'], 2],
  ] as const)(
    '%j ends with its exit code when something that a driver has forgotten would keep it',
    async (args, exitCode) => {
      const forgotten = '--import=data:text/javascript,setInterval(()=>{},1000)'
      const command = startCommand(args, { NODE_OPTIONS: forgotten })
      const stuck = setTimeout(() => command.child.kill('SIGKILL'), 45_000)
      const { code, stdout, stderr } = await command.ended
      clearTimeout(stuck)
      expect(code).toBe(exitCode)
      expect(stdout + stderr).not.toBe('')
    },
  )
})
