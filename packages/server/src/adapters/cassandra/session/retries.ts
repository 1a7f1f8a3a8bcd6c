import { errors, policies, type types } from 'cassandra-driver'

const MAX_RETRIES = 3

/**
 * Another node is tried when one is gone, but nobody is waited for twice: the caller writes the same again, and
 * knows how to wait.
 */
export class BoundedRetries extends policies.retry.RetryPolicy {
  override onRequestError(
    info: policies.retry.OperationInfo,
    consistency: types.consistencies,
    error: Error,
  ): policies.retry.DecisionInfo {
    const waited = error instanceof errors.OperationTimedOutError
    return waited || info.nbRetry >= MAX_RETRIES
      ? this.rethrowResult()
      : this.retryResult(consistency, false)
  }
}
