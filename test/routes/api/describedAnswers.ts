import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Response } from 'supertest';
import {
  type ApiDescription,
  type ApiResponse,
  inlined,
  type JsonSchema,
  type Operation,
  type Reference,
} from '../../../server/api/openApiTypes.js';

const ajv = new Ajv2020({ strict: true });
formats.default(ajv);

function resolved<Part extends object>(description: ApiDescription, part: Part | { $ref: string }): Part {
  if (!('$ref' in part)) return part;
  return part.$ref
    .slice(2)
    .split('/')
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], description) as Part;
}

/** The examples of an operation that its own schemas do not accept, or that are not there. */
export const exampleFaultsOf = (
  { components }: ApiDescription,
  { operationId, requestBody, responses }: Operation,
): unknown[] =>
  [requestBody, ...Object.values(responses)].flatMap((part) =>
    part === undefined || '$ref' in part
      ? []
      : Object.values<{ schema: JsonSchema | Reference; example?: unknown }>(part.content).flatMap(
          ({ schema, example }) => {
            const validate = ajv.compile(inlined(schema, components.schemas));
            return validate(example) ? [] : [{ operationId, example, errors: validate.errors }];
          },
        ),
  );

/** What is wrong with an answer, by the description of what was asked. */
export function faultsOf(
  description: ApiDescription,
  operation: Operation | undefined,
  answer: Response,
): unknown {
  const told = operation?.responses[answer.status];
  if (told === undefined) return `${answer.status} is not described`;
  const { content, headers = {} } = resolved<ApiResponse>(description, told);
  const type = answer.type;
  const described = content[type];
  if (described === undefined) return `${type} is not described for ${answer.status}`;
  const schema = resolved<JsonSchema>(description, described.schema);
  const validate = ajv.compile(inlined(schema, description.components.schemas));
  if (!validate(answer.body)) return validate.errors;
  const missing = Object.keys(headers).filter((name) => answer.headers[name.toLowerCase()] === undefined);
  return missing.length > 0 ? `without ${missing.join(', ')}` : null;
}
