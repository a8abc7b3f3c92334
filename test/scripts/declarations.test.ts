import { expect, it } from 'vitest';
import { indentedByTabs, withEmittedSpecifiers } from '../../scripts/build/declarations.ts';

it('indents declarations by tabs, and comments as they hang', () => {
  const declarations =
    "export interface A {\n    /**\n     * Says `b    c`.\n     */\n    b: {\n        c: 'd    e';\n    };\n}\n";
  expect(indentedByTabs(declarations)).toBe(
    "export interface A {\n\t/**\n\t * Says `b    c`.\n\t */\n\tb: {\n\t\tc: 'd    e';\n\t};\n}\n",
  );
});

it('names modules as they are emitted', () => {
  expect(withEmittedSpecifiers(`import type { A } from './a.ts';\nexport { b } from "../b.ts";\n`)).toBe(
    `import type { A } from './a.js';\nexport { b } from "../b.js";\n`,
  );
});
