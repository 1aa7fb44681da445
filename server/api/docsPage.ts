import { apiBase, apiRoutes as routes } from '../paths.js';
import { english as t } from '../words/dictionary.js';
import {
  type ApiDescription,
  type ApiResponse,
  type DescribedWebhooks,
  inlined,
  isReference,
  type JsonSchema,
  type Method,
  type Operation,
  type Parameter,
  type Paths,
} from './openApiTypes.js';
import { type SchemaField, schemaFields, typeOf } from './schemaFields.js';

interface Section {
  readonly heading: string;
  readonly fields: readonly SchemaField[];
}

function accessOf({ security: [needed], 'x-scope': scope }: Operation): string {
  if (needed === undefined) return t('api.docs.anybody');
  return scope === undefined ? t('api.docs.anyClient') : t('api.docs.scope', { scope });
}

const parametersOf = ({ parameters }: Pick<Operation, 'parameters'>): SchemaField[] =>
  parameters.map(({ name, in: place, required, description, schema }) => ({
    name,
    type: `${t(`api.docs.places.${place}`)}, ${typeOf(schema)}`,
    required,
    description,
  }));

/** The fields of a body. */
function fieldsOf({ content }: NonNullable<Operation['requestBody']>): SchemaField[] {
  const schema = content['application/json']?.schema;
  return schema === undefined ? [] : schemaFields(schema);
}

function bodySection({ requestBody }: Operation): Section[] {
  if (requestBody === undefined) return [];
  return [
    {
      heading: requestBody.required ? t('api.docs.body') : t('api.docs.optionalBody'),
      fields: fieldsOf(requestBody),
    },
  ];
}

/** Answers of the same shape are described together. */
function answerSections({ responses }: Operation): Section[] {
  const shapes = new Map<string, { schema: JsonSchema; statuses: string[] }>();
  for (const [status, response] of Object.entries(responses)) {
    const schema = isReference(response) ? undefined : response.content['application/json']?.schema;
    if (schema === undefined || isReference(schema)) continue;
    const shape = shapes.get(JSON.stringify(schema)) ?? { schema, statuses: [] };
    shape.statuses.push(status);
    shapes.set(JSON.stringify(schema), shape);
  }
  return [...shapes.values()].map(({ schema, statuses }) => ({
    heading: t('api.docs.answer', { status: statuses.join(', ') }),
    fields: schemaFields(schema),
  }));
}

function refusalsOf({ responses }: Operation, known: Readonly<Record<string, ApiResponse>>) {
  return Object.entries(responses).flatMap(([status, response]) => {
    if (!isReference(response)) return [];
    const { description } = known[response.$ref.split('/').at(-1) ?? ''] ?? { description: '' };
    return [{ status, description }];
  });
}

/** A word as a shell takes it. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const jsonText = (value: unknown) => JSON.stringify(value, null, 2);

/** The request as a command: every parameter and body of the description with its example. */
function curlOf(base: string, path: string, method: Method, operation: Operation): string {
  const { parameters, requestBody, security } = operation;
  const inPlace = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place);
  const filled = inPlace('path').reduce(
    (address, { name, example }) => address.replace(`{${name}}`, encodeURIComponent(example)),
    path,
  );
  const query = inPlace('query').map(({ name, example }) => `${name}=${encodeURIComponent(example)}`);
  const body = requestBody?.content['application/json']?.example;
  return [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} ${quoted([base + filled, ...query].join('?'))}`,
    ...(security.length === 0 ? [] : ['-H "Authorization: Bearer $API_KEY"']),
    ...inPlace('header').map(({ name, example }) => `-H ${quoted(`${name}: ${example}`)}`),
    ...(body === undefined
      ? []
      : [`-H ${quoted('Content-Type: application/json')}`, `-d ${quoted(jsonText(body))}`]),
  ].join(' \\\n  ');
}

/** What each answer looks like. */
const answersOf = ({ responses }: Operation) =>
  Object.entries(responses).flatMap(([status, response]) => {
    const example = isReference(response) ? undefined : response.content['application/json']?.example;
    return example === undefined
      ? []
      : [{ heading: t('api.docs.exampleAnswer', { status }), text: jsonText(example) }];
  });

function operationsOf(base: string, paths: Paths, tag: string, known: Readonly<Record<string, ApiResponse>>) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    (Object.entries(methods) as [Method, Operation][])
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => {
        const parameters = parametersOf(operation);
        return {
          id: operation.operationId,
          method: method.toUpperCase(),
          path,
          summary: operation.summary,
          access: accessOf(operation),
          sections: [
            ...(parameters.length === 0 ? [] : [{ heading: t('api.docs.parameters'), fields: parameters }]),
            ...bodySection(operation),
            ...answerSections(operation),
          ],
          refusals: refusalsOf(operation, known),
          request: {
            heading: t('api.docs.exampleRequest'),
            text: curlOf(base, path, method, operation),
          },
          answers: answersOf(operation),
        };
      }),
  );
}

/** What other apps are told of, as operations of theirs. */
const webhooksOf = (webhooks: DescribedWebhooks, tag: string) =>
  Object.entries(webhooks)
    .filter(([, { post }]) => post.tags.includes(tag))
    .map(([type, { post }]) => ({
      id: post.operationId,
      method: 'POST',
      path: type,
      summary: post.summary,
      access: t('api.docs.signed'),
      sections: [
        { heading: t('api.docs.parameters'), fields: parametersOf(post) },
        { heading: t('api.docs.body'), fields: fieldsOf(post.requestBody) },
      ],
      refusals: [],
      request: {
        heading: t('api.docs.exampleBody'),
        text: jsonText(post.requestBody.content['application/json']?.example),
      },
      answers: [],
    }));

/** What the readable page shows of the description. */
export function docsPage(description: ApiDescription) {
  const { paths, webhooks, tags, components, servers } = inlined(description, description.components.schemas);
  return {
    heading: t('api.docs.heading'),
    lead: t('api.docs.lead', { base: servers.map(({ url }) => url + apiBase).join(', ') }),
    documentUrl: routes.openApi,
    groups: tags.map(({ name }, index) => ({
      id: `group-${index + 1}`,
      name,
      operations: [
        ...operationsOf(servers[0]?.url ?? '', paths, name, components.responses),
        ...webhooksOf(webhooks, name),
      ],
    })),
    problem: schemaFields(components.schemas.Problem ?? {}),
  };
}
