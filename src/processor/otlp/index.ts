export { type OtlpEncoding, OtlpReader, type OtlpReaderOptions, type OtlpSignal } from './reader.ts';
export { type OtlpHttpReceiver, startOtlpHttpReceiver } from './receiver.ts';
export type { ReceiverMetrics } from './receiver-metrics.ts';
export {
  type Authorization,
  type OtlpHttpReceiverOptions,
  pipelineOf,
  type ReceiverSink,
} from './receiver-options.ts';
export { type RejectReason, rejectReasons, Tally } from './tally.ts';
export { MalformedRequestError } from './wire.ts';
