import { pageOfPromises } from '../docs/promises.js';
import { describe, expect, it } from '../support/jest.js';

interface Promised {
  readonly rules?: string;
  readonly others?: string;
  readonly rows?: string;
}

/** A page of operations with one promise in each chapter. */
const pageWith = ({
  rules = '- <!-- safe --> It is\n  safe.',
  others = '- <!-- kind --> It is [kind](../identity/README.md#who).',
  rows = '| <!-- fire --> the house | It burns. | Water. |',
}: Promised = {}) => `# Running it

## When something is down

| what | what users see | what heals it |
|---|---|---|
${rows}

## What protects users

Words around it.

### Rules that are never bent

${rules}

### What else protects users

${others}
`;

const fileWith = (text: string) => ({ file: 'unit/one.test.ts', text });

const attacking = (body = "attacks('safe', 'kind', 'fire');") =>
  fileWith(`describe('a thing', () => {
    it.each([1, 2])('does %s | that', async (count: number) => {
      ${body}
    });
  });`);

describe('the page of promises', () => {
  it('has a row for each, with the tests that attack it and where they are', () => {
    const page = pageOfPromises(pageWith(), [attacking(), fileWith("it('attacks nothing', () => {});")]);
    const test = '[unit/one](unit/one.test.ts): a thing › does … \\| that';
    expect(page.split('\n').filter((line) => line.includes('unit/one'))).toEqual([
      `| It is safe. | ${test} |`,
      `| It is [kind](../server/identity/README.md#who). | ${test} |`,
      `| **the house**: It burns. Water. | ${test} |`,
    ]);
  });

  it('is not made while a promise has no test, and names each', () => {
    const make = () => pageOfPromises(pageWith(), [attacking("attacks('safe');")]);
    expect(make).toThrow('No test attacks the promise kind: It is [kind]');
    expect(make).toThrow('No test attacks the promise fire: **the house**: It burns.');
  });

  it.each([
    ['- It is safe.', 'what has no name in a comment before it: It is safe.'],
    ['- <!-- safe --> It is safe.\n\nAnd sound.', 'safe is more than one sentence'],
    ['And sound.\n\n- <!-- safe --> It is safe.', 'what has no name in a comment before it: And sound.'],
    ['- <!-- safe --> It is safe. So are you.', 'safe is more than one sentence'],
    ['- <!-- fire --> It is safe.', 'Two promises are called'],
  ])('holds promises and nothing else: %j', (rules, fault) => {
    expect(() => pageOfPromises(pageWith({ rules }), [attacking()])).toThrow(fault);
  });

  it('is not made without a name for each row', () => {
    const rows = '| <!-- fire --> the house | It burns. | Water. |\n| the shed | So does it. | |';
    expect(() => pageOfPromises(pageWith({ rows }), [attacking()])).toThrow('no name in a comment before it');
  });

  it.each([
    ["attacks('safe', 'kind', 'fire', 'gone');", 'attacks gone, which nobody promised'],
    ["attacks('safe', 'kind', 'fire', name);", 'attacks() takes names, as text'],
    ['attacks();', 'attacks() takes names, as text'],
  ])('believes no test that says %s', (body, fault) => {
    expect(() => pageOfPromises(pageWith(), [attacking(body)])).toThrow(fault);
  });

  it.each([
    ["it.skip('is', () => { attacks('safe'); });", 'in a test that may be skipped: "is"'],
    [
      "(there ? describe : describe.skip)('a', () => { it('is', () => { attacks('safe'); }); });",
      'in a test that may be skipped: "a › is"',
    ],
    ["describe('a', () => { attacks('safe'); });", 'outside of a test: "a"'],
    ["beforeEach(() => { attacks('safe'); });", 'outside of a test: ""'],
  ])('believes no test that may not run: %s', (text, fault) => {
    expect(() => pageOfPromises(pageWith(), [attacking(), fileWith(text)])).toThrow(fault);
  });
});
