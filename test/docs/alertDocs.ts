import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A rule of Prometheus that raises an alert, as rules.yml has it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: 'page' | 'ticket' };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface RulesFile {
  readonly groups: readonly { readonly rules: readonly AlertRule[] }[];
}

const begin = '<!-- This table is made by `npm run docs` from rules.yml. -->';
const end = '<!-- The end of the table. -->';

/** The rules that the app comes with. */
export function alertRules(): AlertRule[] {
  const file = new URL('../../server/operations/rules.yml', import.meta.url);
  const { groups }: RulesFile = parse(readFileSync(file, 'utf8'));
  return groups.flatMap(({ rules }) => rules);
}

const row = ({ alert, expr, for: lasting, labels, annotations }: AlertRule): string => {
  const expression = `\`${expr.trim().replaceAll('|', '\\|')}\`${lasting === undefined ? '' : ` for ${lasting}`}`;
  return `| \`${alert}\` | ${annotations.summary} | ${labels.severity} | ${expression} |`;
};

/** The page of operations, with its table of alerts between the two marks. @throws Error when the page has no marks */
export function withAlerts(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`server/operations/README.md has to hold the lines ${begin} and ${end}`);
  const table = ['| alert | when | severity | expression |', '|---|---|---|---|', ...alertRules().map(row)];
  return `${page.slice(0, from + begin.length)}\n\n${table.join('\n')}\n\n${page.slice(to)}`;
}
