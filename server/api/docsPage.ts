import { apiBase, apiRoutes as routes } from '../paths.js';
import { english as t } from '../words/dictionary.js';
import {
  type ApiDescription,
  type ApiResponse,
  isReference,
  type JsonSchema,
  type Method,
  type Operation,
  type Paths,
} from './openApiTypes.js';
import { type SchemaField, schemaFields, typeOf } from './schemaFields.js';

interface Section {
  readonly heading: string;
  readonly fields: readonly SchemaField[];
}

function accessOf({ security: [needed] }: Operation): string {
  if (needed === undefined) return t('api.docs.anybody');
  const [scope] = needed.apiKey;
  return scope === undefined ? t('api.docs.anyClient') : t('api.docs.scope', { scope });
}

const parametersOf = ({ parameters }: Operation): SchemaField[] =>
  parameters.map(({ name, in: place, required, description, schema }) => ({
    name,
    type: `${t(`api.docs.places.${place}`)}, ${typeOf(schema)}`,
    required,
    description,
  }));

function bodySection({ requestBody }: Operation): Section[] {
  const schema = requestBody?.content['application/json']?.schema;
  if (requestBody === undefined || schema === undefined) return [];
  return [
    {
      heading: requestBody.required ? t('api.docs.body') : t('api.docs.optionalBody'),
      fields: schemaFields(schema),
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

function operationsOf(paths: Paths, tag: string, known: Readonly<Record<string, ApiResponse>>) {
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
        };
      }),
  );
}

/** What the readable page shows of the description. */
export const docsPage = ({ paths, tags, components, servers }: ApiDescription) => ({
  heading: t('api.docs.heading'),
  lead: t('api.docs.lead', { base: servers.map(({ url }) => url + apiBase).join(', ') }),
  documentUrl: routes.openApi,
  groups: tags.map(({ name }, index) => ({
    id: `group-${index + 1}`,
    name,
    operations: operationsOf(paths, name, components.responses),
  })),
  problem: schemaFields(components.schemas.Problem),
});
