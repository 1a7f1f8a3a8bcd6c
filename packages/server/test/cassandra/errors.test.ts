import { errors, types } from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { storeError, TooBig, TooFewNodes } from '../../src/adapters/cassandra/session/errors.js'
import { StoreUnavailable } from '../../src/ports/message-store.js'

const { responseErrorCodes: codes } = types
const answered = (code: number, message = 'told so') => new errors.ResponseError(code, message)
const noHost = (inner: Record<string, unknown>) => new errors.NoHostAvailableError(inner)

describe('errors of the driver', () => {
  it.each([
    ['a write that timed out at the node', answered(codes.writeTimeout)],
    ['no answer in time', new errors.OperationTimedOutError('The host … did not reply')],
    ['a closed socket', Object.assign(new Error('Socket was closed'), { isSocketError: true })],
    ['a write that failed at a replica', answered(codes.writeFailure)],
    ['what nobody has seen before', new Error('odd')],
    ['what is no error at all', 'odd'],
  ])('say that nobody knows after %s', (_, error) => {
    const told = storeError(error)
    expect(told).toBeInstanceOf(StoreUnavailable)
    expect(told.message).toContain('nobody knows whether it was done')
    expect(told.cause).toBe(error)
  })

  it.each([
    ['too few replicas', answered(codes.unavailableException)],
    ['an overloaded node', answered(codes.overloaded)],
    ['a statement that is wrong', answered(codes.invalid)],
    ['no reachable node', noHost({})],
    ['too few replicas, after all hosts', noHost({ a: answered(codes.unavailableException) })],
  ])('say that nothing was done after %s', (_, error) => {
    const told = storeError(error)
    expect(told).toBeInstanceOf(StoreUnavailable)
    expect(told.message).toContain('nothing was done')
  })

  it('tell a request that is too big from one that is wrong', () => {
    const tooBig = 'Request is too big: length 17837663 exceeds maximum allowed length 16777216.'
    const oversized = 'Encountered an oversized mutation (300000/262144) for keyspace: t'
    expect(storeError(answered(codes.invalid, tooBig))).toBeInstanceOf(TooBig)
    expect(storeError(answered(codes.invalid, oversized))).toBeInstanceOf(TooBig)
    expect(storeError(answered(codes.invalid, 'unconfigured table'))).not.toBeInstanceOf(TooBig)
  })

  it('say in one line why no node can be reached, without the stack that the driver tells with it', () => {
    const { message } = storeError(noHost({ '127.0.0.1:1': new Error('Socket was closed') }))
    expect(message).toMatch(/nothing was done: .*Socket was closed$/)
  })

  it('R2: tell when a weaker read may be answered', () => {
    for (const error of [
      answered(codes.unavailableException),
      answered(codes.readTimeout),
      answered(codes.readFailure),
      noHost({ a: new Error('socket'), b: answered(codes.unavailableException) }),
      new errors.OperationTimedOutError('late'),
    ]) {
      expect(storeError(error)).toBeInstanceOf(TooFewNodes)
    }
    expect(storeError(answered(codes.overloaded))).not.toBeInstanceOf(TooFewNodes)
    expect(storeError(noHost({}))).not.toBeInstanceOf(TooFewNodes)
  })

  it('are told once', () => {
    const told = new StoreUnavailable('closed')
    expect(storeError(told)).toBe(told)
  })
})
