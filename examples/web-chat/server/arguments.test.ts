import { describe, expect, it } from 'vitest'
import { readArguments } from './arguments.mjs'

const refusal = (message: string) => expect.objectContaining({ message, remedy: expect.anything() })

describe('the arguments of the web chat', () => {
  it('have defaults that work on one’s own machine', () => {
    expect(readArguments([])).toMatchObject({ port: 8080, host: '127.0.0.1' })
  })

  it('take a folder as it is seen from where one stands', () => {
    expect(readArguments(['--data', 'there'], '/home/ada').dataDir).toBe('/home/ada/there')
  })

  it('are refused with what is allowed', () => {
    expect(() => readArguments(['--port', '70000'])).toThrow(refusal('“70000” is not a port.'))
    expect(() => readArguments(['--port', 'x'])).toThrow(refusal('“x” is not a port.'))
    expect(() => readArguments(['--host', ''])).toThrow(refusal('--host is empty.'))
    expect(() => readArguments(['--colour'])).toThrow(refusal("Unknown option '--colour'."))
  })
})
