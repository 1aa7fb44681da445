/** The parts of OpenAPI 3.1 that the API's description uses. */

/** JSON Schema 2020-12, as far as our schemas go. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface Reference {
  readonly $ref: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: string | number;
}

/** By media type. What is only referred to has its example elsewhere. */
export type Content<Schema> = Readonly<
  Record<string, { readonly schema: Schema; readonly example?: unknown }>
>;

export interface ApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Reference>>;
  readonly content: Content<JsonSchema | Reference>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  /** Empty where no key is needed. */
  readonly security: readonly { readonly apiKey: readonly string[] }[];
  /** The scope that the client of the key has to have, where any client's will not do. */
  readonly 'x-scope'?: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content<JsonSchema> };
  readonly responses: Readonly<Record<string, ApiResponse | Reference>>;
}

export type Method = 'get' | 'post' | 'delete';

export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;

/** What other apps are told of, by its type. */
export type DescribedWebhooks = Readonly<
  Record<
    string,
    {
      readonly post: Omit<Operation, 'requestBody' | 'responses'> & {
        readonly description: string;
        readonly requestBody: { readonly required: boolean; readonly content: Content<JsonSchema> };
        readonly responses: Readonly<Record<string, { readonly description: string }>>;
      };
    }
  >
>;

export const isReference = (part: object): part is Reference => '$ref' in part;

const schemaReference = '#/components/schemas/';

/** The same, with each named schema in the place of what refers to it. No schema of ours refers to itself. */
export function inlined<Part>(part: Part, schemas: Readonly<Record<string, unknown>>): Part {
  if (Array.isArray(part)) return part.map((one) => inlined(one, schemas)) as Part;
  if (typeof part !== 'object' || part === null) return part;
  const { $ref, ...own } = part as { readonly $ref?: unknown };
  if (typeof $ref === 'string' && $ref.startsWith(schemaReference)) {
    const named = schemas[$ref.slice(schemaReference.length)] as object;
    return inlined({ ...named, ...own }, schemas) as Part;
  }
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, inlined(value, schemas)]),
  ) as Part;
}

export interface ApiDescription {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Paths;
  readonly webhooks: DescribedWebhooks;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, { readonly description: string }>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly headers: Readonly<Record<string, { readonly schema: JsonSchema }>>;
    readonly responses: Readonly<Record<string, ApiResponse>>;
  };
}
