import {
  type Content,
  type DescribedWebhooks,
  isReference,
  type JsonSchema,
  type Method,
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

const ofContent = <Schema extends JsonSchema | Reference>(content: Content<Schema>): Content<Schema> =>
  Object.fromEntries(
    Object.entries(content).map(([type, { schema }]) => [
      type,
      isReference(schema) ? { schema } : { schema, example: exampleOf(schema) },
    ]),
  );

const ofOperation = (operation: Operation): Operation => ({
  ...operation,
  ...(operation.requestBody === undefined
    ? {}
    : {
        requestBody: {
          ...operation.requestBody,
          content: ofContent(operation.requestBody.content),
        },
      }),
  responses: Object.fromEntries(
    Object.entries(operation.responses).map(([status, response]) => [
      status,
      isReference(response) ? response : { ...response, content: ofContent(response.content) },
    ]),
  ),
});

/** The same operations, each body with an example beside its schema, made of the examples of its fields. */
export const withExamples = (paths: Paths): Paths =>
  Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        (Object.entries(methods) as [Method, Operation][]).map(([method, operation]) => [
          method,
          ofOperation(operation),
        ]),
      ),
    ]),
  );

/** The same webhooks, each body with an example beside its schema. */
export const webhooksWithExamples = (webhooks: DescribedWebhooks): DescribedWebhooks =>
  Object.fromEntries(
    Object.entries(webhooks).map(([type, { post }]) => {
      const requestBody = { ...post.requestBody, content: ofContent(post.requestBody.content) };
      return [type, { post: { ...post, requestBody } }];
    }),
  );
