/** The wire of Tidings: types, codes, limits and codec. No zod at run time: see `./schemas`. */

export {
  type Decoded,
  type DecodeLimits,
  decode,
  type Envelope,
  encode,
  epochField,
  epochOf,
} from './codec.js'
export {
  CLOSE,
  CLOSE_RULES,
  type CloseCode,
  type CloseRule,
  CODES,
  type CodeRow,
  type ErrorCode,
  isErrorCode,
  type Outcome,
} from './codes.js'
export type * from './frames.js'
export {
  type ChannelId,
  type ChannelSeq,
  type ClientMsgId,
  type Id,
  isId,
  type MessageId,
  PROTOCOL_VERSION,
  SERVER_ID_PREFIX,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
  type UserId,
  type WorkspaceId,
} from './ids.js'
export { LIMITS, type Limits } from './limits.js'
export type * from './rest/types.js'
export { utf8Bytes, utf8Fits } from './utf8.js'
