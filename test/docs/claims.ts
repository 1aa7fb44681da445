import { parseSync } from '@swc/core';

/** A test that says which promises it attacks. */
export interface ClaimingTest {
  readonly file: string;
  /** The titles of what it stands in, from the outermost, and its own. */
  readonly titles: readonly string[];
  readonly promises: readonly string[];
}

/** A node of the syntax tree: its type, and whatever hangs on it. */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Block {
  readonly kind: 'it' | 'describe';
  readonly title: string;
  /** It does not always run. */
  readonly skipped: boolean;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const isNodeOf = <Type extends string>(type: Type, value: unknown): value is Node & { type: Type } =>
  isNode(value) && value.type === type;

/** The names that a call is made of: of `(x ? describe : describe.skip)`, `describe`, `describe` and `skip`. */
function namesOf(callee: unknown): string[] {
  if (!isNode(callee)) return [];
  switch (callee.type) {
    case 'Identifier':
      return [String(callee.value)];
    case 'MemberExpression':
      return [...namesOf(callee.object), ...namesOf(callee.property)];
    case 'ParenthesisExpression':
      return namesOf(callee.expression);
    case 'ConditionalExpression':
      return [...namesOf(callee.consequent), ...namesOf(callee.alternate)];
    case 'CallExpression':
      return namesOf(callee.callee);
    case 'TaggedTemplateExpression':
      return namesOf(callee.tag);
    default:
      return [];
  }
}

const argumentsOf = (call: Node): unknown[] =>
  Array.isArray(call.arguments) ? call.arguments.map(({ expression }) => expression) : [];

/** What a literal says, with three dots for what is put into it. */
function textOf(literal: unknown): string | null {
  if (isNodeOf('StringLiteral', literal)) return String(literal.value);
  if (!isNodeOf('TemplateLiteral', literal) || !Array.isArray(literal.quasis)) return null;
  return literal.quasis.map(({ cooked }) => String(cooked)).join('…');
}

function blockOf(call: Node): Block | null {
  const names = namesOf(call.callee);
  const kind = (['it', 'describe'] as const).find((name) => names[0] === name);
  const title = textOf(argumentsOf(call)[0]);
  return kind === undefined || title === null ? null : { kind, title, skipped: names.includes('skip') };
}

/**
 * The tests of a file that name what they attack, by `attacks('…')`.
 * @throws Error for an `attacks` outside of a test, in a test that does not always run, or without names as text
 */
export function claimsOf(file: string, text: string): ClaimingTest[] {
  if (!text.includes('attacks(')) return [];
  const claims: ClaimingTest[] = [];

  function claim(call: Node, blocks: readonly Block[]): void {
    const titles = blocks.map(({ title }) => title);
    const fail = (why: string) => new Error(`${file}: ${why}: "${titles.join(' › ')}".`);
    if (blocks.at(-1)?.kind !== 'it') throw fail('attacks() stands outside of a test');
    if (blocks.some(({ skipped }) => skipped)) throw fail('attacks() stands in a test that may be skipped');
    const promises = argumentsOf(call).map(textOf);
    if (promises.length === 0 || promises.includes(null)) throw fail('attacks() takes names, as text');
    claims.push({ file, titles, promises: promises.filter((name) => name !== null) });
  }

  function walk(value: unknown, blocks: readonly Block[]): void {
    if (Array.isArray(value)) for (const one of value) walk(one, blocks);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    let within = blocks;
    if (isNodeOf('CallExpression', value)) {
      if (namesOf(value.callee)[0] === 'attacks') claim(value, blocks);
      const block = blockOf(value);
      if (block !== null) within = [...blocks, block];
    }
    for (const one of Object.values(value)) walk(one, within);
  }

  walk(parseSync(text, { syntax: 'typescript' }), []);
  return claims;
}
