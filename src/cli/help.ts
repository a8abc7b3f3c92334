/** What `agent-vitals --help` says. */
export const helpText = `agent-vitals: is every agent alive, getting on, well, and if it is out, when is it back?

Usage:
  agent-vitals up [--config FILE]     Run the processor until SIGINT or SIGTERM
  agent-vitals check-config FILE      Check a configuration file and say what is wrong with it
  agent-vitals rules [--config FILE]  Print the rules for Prometheus, with your thresholds

Options of up and rules:
  -c, --config FILE                   The configuration, YAML (default: every key at its default)

Options of up:
      --log-level LEVEL               debug, info, warn or error (default: info)
      --log-format FORMAT             text or json (default: text)

Everywhere:
  -h, --help                          Show this and exit
  -V, --version                       Show the version and exit

AGENT_VITALS_ environment variables override single keys of the configuration:
  AGENT_VITALS_HTTP_ENDPOINT=127.0.0.1:8081 agent-vitals up

Exit codes: 0 done or stopped as asked, 1 the configuration or the start failed, 2 the command line is wrong.
`;
