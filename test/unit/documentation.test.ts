import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../server/config/config.js';
import { variableNames } from '../../server/config/environment.js';

const fileAtRoot = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

/** The lines of `.env.example` that set a variable, with their comment signs taken off. */
const exampleLines = fileAtRoot('.env.example')
  .split('\n')
  .flatMap((line) => /^(?:# )?([A-Z][A-Z_]*=.*)$/.exec(line)?.[1] ?? []);

/** The default of each variable in the README's table, by name. */
const readmeDefaults = new Map(
  fileAtRoot('README.md')
    .split('\n')
    .flatMap((line) => {
      const [, name, fallback] = /^\| `([A-Z][A-Z_]*)` \|[^|]*\|([^|]*)\|/.exec(line) ?? [];
      return name === undefined ? [] : [[name, fallback?.trim() ?? ''] as const];
    }),
);

describe('the documentation of the environment', () => {
  it('names in .env.example every variable that the app reads, each once, and no other', () => {
    const names = exampleLines.map((line) => line.split('=', 1)[0]);
    expect(names.toSorted()).toEqual([...variableNames].toSorted());
  });

  it('names in the README every variable that the app reads, and no other', () => {
    expect([...readmeDefaults.keys()].toSorted()).toEqual([...variableNames].toSorted());
  });

  it('tells defaults in the README that are the defaults', () => {
    const written = [...readmeDefaults].flatMap(([name, fallback]) => {
      const value = /^`([^<>`]*)`$/.exec(fallback)?.[1];
      return value === undefined ? [] : [[name, value] as const];
    });
    expect(written.length).toBeGreaterThan(8);
    expect(readConfig(Object.fromEntries(written))).toEqual(readConfig({}));
  });

  it('has an .env.example that changes nothing as it is, and that can be uncommented', () => {
    expect(parseEnv(fileAtRoot('.env.example'))).toEqual({});
    const { NODE_ENV: _, ...values } = parseEnv(exampleLines.join('\n'));
    expect(readConfig(values as Record<string, string>)).toMatchObject({ port: 3000, loopback: true });
  });
});
