import { dataPanels, type LintRule } from './rule.ts';

// What a person reads.

const isSentence = (text: string | undefined) => /^[A-Z].*[.?]$/s.test(text ?? '');

/** What a line or bar is called, where several can be. */
const legend: LintRule = {
  name: 'legend',
  check: (file) =>
    dataPanels(file)
      .filter(({ panel }) => ['timeseries', 'state-timeline', 'bargauge'].includes(panel.type))
      .flatMap(({ where, panel }) =>
        panel
          .targets!.filter(({ legendFormat = '' }) => legendFormat === '' || legendFormat === '__auto')
          .map(({ refId }) => `${where} / ${refId}: no legend`),
      ),
};

export const wordRules: readonly LintRule[] = [
  {
    name: 'title-description',
    check(file) {
      const { dashboard } = file;
      const mistakes = dataPanels(file).flatMap(({ where, panel }) => [
        ...(panel.title ? [] : [`${where}: no title`]),
        ...(isSentence(panel.description) ? [] : [`${where}: the description is no sentence`]),
        ...(panel.description && panel.description.length <= 200
          ? []
          : [`${where}: the description is long`]),
      ]);
      if (!isSentence(dashboard.description)) mistakes.push(`${file.name}: the description is no sentence`);
      const titles = dataPanels(file).map(({ panel }) => panel.title);
      for (const title of new Set(titles)) {
        if (titles.indexOf(title) !== titles.lastIndexOf(title)) {
          mistakes.push(`${file.name}: two panels are called ${title}`);
        }
      }
      return mistakes;
    },
  },
  legend,
  {
    name: 'no-value',
    // A panel without data must say what that means, unless one of its queries always gives something.
    check: (file) =>
      dataPanels(file)
        .filter(({ panel }) =>
          panel.targets?.some(({ expr }) => /\b(fleet|type|scope):vitals|\bALERTS\b/.test(expr)),
        )
        .filter(({ panel }) => !panel.targets!.some(({ expr }) => / or vector\(\d\)$/.test(expr)))
        .filter(({ panel }) => !panel.fieldConfig?.defaults.noValue?.includes('rules/agent-vitals.rules.yml'))
        .map(({ where }) => `${where}: asks for recorded series and doesn't say that rules may be missing`),
  },
];
