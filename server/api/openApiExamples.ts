import {
  type ApiDescription,
  type Content,
  inlined,
  isReference,
  type JsonSchema,
  type Operation,
  type Paths,
  type Reference,
} from './openApiTypes.js';

/**
 * A value that a schema accepts: its own example, or what is made of its parts.
 * @throws Error when nothing says what the value looks like
 */
export function exampleOf(schema: JsonSchema): unknown {
  const { examples, default: usual, properties, items, anyOf, enum: values } = schema;
  const given = [...(examples ?? []), schema.const, usual, ...(values ?? [])].find(
    (value) => value !== undefined,
  );
  if (given !== undefined) return given;
  if (properties !== undefined) {
    return Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, exampleOf(field)]));
  }
  if (items !== undefined) return [exampleOf(items)];
  if (anyOf?.[0] !== undefined) return exampleOf(anyOf[0]);
  throw new Error(`there is no example of ${JSON.stringify(schema)}`);
}

const mapped = <Value, Made>(values: Readonly<Record<string, Value>>, make: (value: Value) => Made) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value)]));

type Schemas = ApiDescription['components']['schemas'];

/**
 * The same description, each body with an example beside its schema, made of the examples of its fields. What is only referred to has its
 * example elsewhere.
 */
export function withExamples(
  description: Pick<ApiDescription, 'paths' | 'webhooks'>,
  schemas: Schemas,
): Pick<ApiDescription, 'paths' | 'webhooks'> {
  const ofContent = <Schema extends JsonSchema | Reference>(content: Content<Schema>): Content<Schema> =>
    mapped(content, ({ schema }) => ({ schema, example: exampleOf(inlined(schema, schemas) as JsonSchema) }));

  const ofOperation = (operation: Operation): Operation => ({
    ...operation,
    ...(operation.requestBody === undefined
      ? {}
      : { requestBody: { ...operation.requestBody, content: ofContent(operation.requestBody.content) } }),
    responses: mapped(operation.responses, (response) =>
      isReference(response) ? response : { ...response, content: ofContent(response.content) },
    ),
  });

  return {
    paths: mapped(description.paths, (methods) => mapped(methods, ofOperation)) as Paths,
    webhooks: mapped(description.webhooks, ({ post }) => ({
      post: { ...post, requestBody: { ...post.requestBody, content: ofContent(post.requestBody.content) } },
    })),
  };
}
