/** Requests and answers of the REST API, one schema each: they validate, type and document it. */
export * from './common.js'
export * from './directory.js'
export * from './ephemeral.js'
export * from './messages.js'
