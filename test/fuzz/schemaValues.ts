import fc from 'fast-check';
import type { JsonSchema } from '../../server/api/openApiTypes.js';
import { hostileJson, hostileName } from './values.js';

const texts = ({ minLength = 0, maxLength = 40 }: JsonSchema) =>
  fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) });

function ofObject({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fitting(one)]));
  return fc.record(members, { requiredKeys: required.filter((name) => name in members) });
}

/** What a schema has as an example comes often: no text by chance is an address that a client may return to. */
function withExamples(schema: JsonSchema, others: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { examples = [] } = schema;
  if (examples.length === 0) return others;
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...examples) }, { weight: 1, arbitrary: others });
}

function ofType(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { type, items = {}, minItems = 0, maxItems = 4, minimum = 0, maximum = 1_000_000 } = schema;
  switch (type) {
    case 'object':
      return ofObject(schema);
    case 'array':
      return fc.array(fitting(items), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) });
    case 'string':
      return texts(schema);
    case 'integer':
    case 'number':
      return fc.integer({ min: minimum, max: maximum });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

/** A value that fits a schema, as far as the schema says what does. */
export function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return withExamples(schema, fc.oneof(...schema.anyOf.map(fitting)));
  return withExamples(schema, ofType(schema));
}

/** A change of a value: another in its place, or in the place of one of its parts, or more beside them. */
interface Change {
  readonly at: readonly number[];
  readonly how: 'replace' | 'remove' | 'wrap' | 'add';
  readonly name: string;
  readonly value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.array(fc.nat(9), { maxLength: 3 }),
  how: fc.constantFrom('replace', 'replace', 'remove', 'wrap', 'add'),
  name: hostileName,
  value: hostileJson,
});

/** `__proto__` as a key of its own, as JSON has it. */
const withKey = (object: object, name: string, value: unknown): object =>
  Object.defineProperty({ ...object }, name, { value, enumerable: true, configurable: true, writable: true });

function changed(value: unknown, { at, how, name, value: other }: Change): unknown {
  const isObject = typeof value === 'object' && value !== null;
  const keys = isObject ? Object.keys(value) : [];
  const [first, ...rest] = at;
  if (first !== undefined && keys.length > 0) {
    const key = keys[first % keys.length] ?? '';
    const inner = (value as Record<string, unknown>)[key];
    if (how === 'remove' && rest.length === 0) {
      const { [key]: _, ...others } = value as Record<string, unknown>;
      return Array.isArray(value) ? value.filter((_one, index) => String(index) !== key) : others;
    }
    const next = changed(inner, { at: rest, how, name, value: other });
    return Array.isArray(value)
      ? value.map((one, index) => (String(index) === key ? next : one))
      : withKey(value as object, key, next);
  }
  if (how === 'wrap') return [value];
  if (how === 'add' && isObject && !Array.isArray(value)) return withKey(value, name, other);
  return how === 'remove' ? null : other;
}

/** A value that fits a schema but for some changes, or altogether. */
export const nearly = (schema: JsonSchema): fc.Arbitrary<unknown> =>
  fc
    .tuple(fitting(schema), fc.array(change, { maxLength: 2 }))
    .map(([value, changes]) => changes.reduce(changed, value));
