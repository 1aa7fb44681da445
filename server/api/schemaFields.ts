import { english as t } from '../words/dictionary.js';
import type { JsonSchema } from './openApiTypes.js';

/** A field as readers see it: those within others have names such as `connections[].name`. */
export interface SchemaField {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string | null;
}

const isNull = ({ type }: JsonSchema) => type === 'null';

/** The schema that stands beside null, or the schema itself. */
function inner(schema: JsonSchema): JsonSchema {
  const [first] = (schema.anyOf ?? []).filter((one) => !isNull(one));
  return first ?? schema;
}

function bareType(schema: JsonSchema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return t('api.docs.types.oneOf', { values: schema.enum.join(', ') });
  if (schema.items !== undefined) return t('api.docs.types.listOf', { inner: bareType(inner(schema.items)) });
  if (typeof schema.additionalProperties === 'object' && schema.properties === undefined) {
    return t('api.docs.types.mapOf', { inner: bareType(schema.additionalProperties) });
  }
  return schema.type ?? 'object';
}

function boundsOf({ minLength, maxLength, minimum, maximum, minItems, maxItems }: JsonSchema): string[] {
  const safe = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  if (maxLength !== undefined) {
    return [
      minLength === undefined
        ? t('api.docs.types.atMost', { most: maxLength })
        : t('api.docs.types.length', { least: minLength, most: maxLength }),
    ];
  }
  if (safe(minimum) && safe(maximum)) return [t('api.docs.types.between', { least: minimum, most: maximum })];
  if (minItems !== undefined && maxItems !== undefined)
    return [t('api.docs.types.entries', { least: minItems, most: maxItems })];
  return [];
}

/** What a value can be, in words: `string, 1 to 100 characters`. */
export function typeOf(schema: JsonSchema): string {
  const own = inner(schema);
  const nullable = schema.anyOf?.some(isNull) === true;
  const type = nullable ? t('api.docs.types.orNull', { inner: bareType(own) }) : bareType(own);
  const usual =
    schema.default === undefined ? [] : [t('api.docs.types.usually', { value: String(schema.default) })];
  return [type, ...boundsOf({ ...own, ...schema }), ...usual].join(', ');
}

/** The fields of an object, with those of the objects within it after each. */
export function schemaFields(schema: JsonSchema, prefix = ''): SchemaField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const within = inner(field);
    const list = within.items === undefined ? null : inner(within.items);
    return [
      {
        name: path,
        type: typeOf(field),
        required: schema.required?.includes(name) === true,
        description: field.description ?? null,
      },
      ...schemaFields(list ?? within, `${path}${list === null ? '.' : '[].'}`),
    ];
  });
}
