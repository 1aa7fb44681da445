import { z } from 'zod';
import { variableNotes } from '../../server/config/configValues.js';
import { variableGroups } from '../../server/config/environment.js';

const begin = '<!-- These tables are made by `npm run docs` from the schema in environment.ts. -->';
const end = '<!-- The end of the tables. -->';
const lineWidth = 100;

/** What the schema itself puts in the place of a variable that is not set, as an operator would write it. */
function defaultOf(variable: z.core.$ZodType): string | null {
  if (!(variable instanceof z.ZodDefault || variable instanceof z.ZodPrefault)) return null;
  const value: unknown = variable.def.defaultValue;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function notesOf(name: string, variable: z.core.$ZodType) {
  const notes = variableNotes.get(variable);
  if (notes === undefined) throw new Error(`${name} has no notes in the schema of the environment.`);
  return { ...notes, default: defaultOf(variable) };
}

const variablesOf = (group: z.core.$ZodShape) =>
  Object.entries(group).map(([name, variable]) => ({ name, ...notesOf(name, variable) }));

const cell = (text: string) => text.replaceAll('|', '\\|');

function environmentTables(): string {
  const tables = Object.entries(variableGroups).map(([heading, group]) => {
    const rows = variablesOf(group).map(({ name, meaning, required, otherwise, default: value }) => {
      const fallback = value === null ? (otherwise ?? 'none') : `\`${value}\``;
      return `| \`${name}\` | ${[required ?? 'no', fallback, meaning].map(cell).join(' | ')} |`;
    });
    return [
      `## ${heading}`,
      '',
      '| name | required | default | meaning |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return tables.join('\n\n');
}

/** Lines of a comment, broken between words. */
function commentOf(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < lineWidth)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines;
}

const sentence = (phrase: string) => `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;

/** `.env.example`, as it has to be. */
export function environmentExample(): string {
  const groups = Object.entries(variableGroups).map(([heading, group]) => {
    const variables = variablesOf(group).map(
      ({ name, meaning, required, otherwise, example, default: value }) => {
        const told = [
          sentence(meaning),
          ...(required === undefined ? [] : [`Required ${required}.`]),
          ...(otherwise === undefined ? [] : [`Default: ${otherwise}.`]),
        ];
        return [...commentOf(told.join(' ')), `# ${name}=${value ?? example ?? ''}`].join('\n');
      },
    );
    return [`# --- ${heading} ---`, ...variables].join('\n\n');
  });
  const head = commentOf(
    'Made by `npm run docs` from the schema in server/config/environment.ts. Copy this file to `.env`. Every variable is ' +
      'optional while you try the app on your own machine: without SCALEKIT_* it runs against the sandbox. What is ' +
      'set outside of `.env` wins over it.',
  );
  return `${[head.join('\n'), ...groups].join('\n\n')}\n`;
}

/** The page of the environment, with its tables between the two marks as they have to be. @throws Error when the page has no marks */
export function withTables(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`server/config/README.md has to hold the lines ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${environmentTables()}\n\n${page.slice(to)}`;
}
