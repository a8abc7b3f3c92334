import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/arguments.ts';

const words = (text: string) => text.split(' ').filter((word) => word !== '');
const up = { name: 'up', configFile: undefined, logLevel: 'info', logFormat: 'text' };

describe('parseCommandLine', () => {
  it.each([
    ['--help', { name: 'help' }],
    ['-h', { name: 'help' }],
    ['--version', { name: 'version' }],
    ['-V', { name: 'version' }],
    ['--version --help', { name: 'help' }],
    ['up', up],
    ['up --help', { name: 'help' }],
    ['check-config --help', { name: 'help' }],
    ['up --config a.yaml', { ...up, configFile: 'a.yaml' }],
    ['up --config=a.yaml', { ...up, configFile: 'a.yaml' }],
    ['up -c a.yaml', { ...up, configFile: 'a.yaml' }],
    ['up --config=-odd.yaml', { ...up, configFile: '-odd.yaml' }],
    ['up --log-level debug --log-format json', { ...up, logLevel: 'debug', logFormat: 'json' }],
    ['check-config a.yaml', { name: 'check-config', configFile: 'a.yaml' }],
    ['rules', { name: 'rules', configFile: undefined }],
    ['rules -c a.yaml', { name: 'rules', configFile: 'a.yaml' }],
    ['rules --help', { name: 'help' }],
    ['check-config -- -odd.yaml', { name: 'check-config', configFile: '-odd.yaml' }],
  ])('reads %s', (text, command) => {
    expect(parseCommandLine(words(text))).toEqual(command);
  });

  it.each([
    ['', 'without a command'],
    ['upp', 'there is no such command. Did you mean up?'],
    ['checkconfig a.yaml', 'Did you mean check-config?'],
    ['frobnicate', 'Cannot run frobnicate as there is no such command'],
    ['constructor', 'Cannot run constructor as there is no such command'],
    ['--verson', 'option --verson as agent-vitals has no such option. Did you mean --version?'],
    ['up --confg a.yaml', 'option --confg as agent-vitals up has no such option. Did you mean --config?'],
    ['up --toString', 'option --toString as agent-vitals up has no such option'],
    ['up -x', 'option -x as agent-vitals up has no such option'],
    ['up --config', 'option --config as it must have a value'],
    ['up --config --log-level=debug', 'option --config as it must have a value'],
    ['up --config=', 'option --config as it must have a value'],
    ['up --help=yes', 'option --help as it must have no value: current value is yes'],
    ['up a.yaml', 'it takes no argument: a.yaml is one too many'],
    ['up --log-level loud', 'must be one of debug, info, warn, error: current value is loud'],
    ['up --log-level inf', 'Did you mean info?'],
    ['up --log-format xml', 'must be one of text, json'],
    ['rules a.yaml', 'Cannot run agent-vitals rules as it takes no argument: a.yaml is one too many'],
    ['rules --log-level debug', 'option --log-level as agent-vitals rules has no such option'],
    ['rule', 'Did you mean rules?'],
    ['check-config', 'Cannot run agent-vitals check-config as FILE must be given'],
    ['check-config a.yaml b.yaml', 'it takes FILE: b.yaml is one too many'],
  ])('refuses %j', (text, message) => {
    expect(() => parseCommandLine(words(text))).toThrow(message);
  });
});
