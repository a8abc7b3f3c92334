// The rules lie where `agent-vitals rules` can print them; dashboards ask for what they record.
export {
  type RecordingRule,
  recorded,
  recordingRules,
  scoreLabel,
} from '../src/processor/rules/recording-rules.ts';
