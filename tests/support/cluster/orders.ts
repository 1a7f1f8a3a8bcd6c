import type { ServerOptions } from '@tidings/server'

/** What a process of a cluster is told. */
export type Order =
  | { readonly serve: Partial<ServerOptions>; readonly port: number }
  | { readonly stop: true }

/** What it answers: to each order one answer, and `fatal` at any time. */
export type Answer =
  | { readonly ready: true }
  | { readonly port: number }
  | { readonly stopped: true }
  | { readonly failed: string }
  | { readonly fatal: string }
