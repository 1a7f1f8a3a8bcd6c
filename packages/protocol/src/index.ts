/** The wire of Tidings: types, codes, limits and codec. No zod at run time: see `./schemas`. */
export { CLOSE, CODES, isErrorCode, type CodeRow, type ErrorCode, type Outcome } from './codes.js'
export { decode, type DecodeLimits, type Decoded, encode, type Envelope, epochField, epochOf } from './codec.js'
export type * from './frames.js'
export {
  type ChannelId,
  type ChannelSeq,
  type ClientMsgId,
  type Id,
  isId,
  type MessageId,
  SERVER_ID_PREFIX,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
  type UserId,
  type WorkspaceId,
} from './ids.js'
export { LIMITS, type Limits } from './limits.js'
