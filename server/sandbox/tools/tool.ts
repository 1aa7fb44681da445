import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { Person } from '../providers/person.js';

/** A call of a tool: who it is for, and what an agent put in. */
export interface ToolCall {
  readonly person: Person;
  readonly input: JsonObject;
}

interface Field {
  readonly type: 'string' | 'integer' | 'boolean' | 'array' | 'object';
  readonly description: string;
  readonly required?: true;
}

export interface SandboxTool {
  /** As agents call it: `gmail_fetch_mails`. */
  readonly name: string;
  readonly title: string;
  /** For agents, and not for users. */
  readonly description: string;
  /** What it does to the user's data; undefined for a tool that does not say. */
  readonly effect?: 'reads' | 'changes' | 'destroys';
  readonly input: Readonly<Record<string, Field>>;
  readonly answer: (call: ToolCall) => JsonObject;
}

/** The tools of one provider, by Scalekit's key of it. */
export interface ProviderTools {
  readonly provider: string;
  readonly tools: readonly SandboxTool[];
}

export const text = (description: string): Field => ({ type: 'string', description });
export const number = (description: string): Field => ({ type: 'integer', description });
export const yesOrNo = (description: string): Field => ({ type: 'boolean', description });
export const list = (description: string): Field => ({ type: 'array', description });
export const object = (description: string): Field => ({ type: 'object', description });
export const required = (field: Field): Field => ({ ...field, required: true });

/** The text that was put in, or an empty one. */
export function textIn(input: JsonObject, name: string): string {
  const value = input[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** At most as many rows as were asked for; agents write numbers as text, too. */
export function upTo<Row extends JsonValue>(input: JsonObject, name: string, rows: readonly Row[]): Row[] {
  const most = Math.floor(Number(input[name]));
  return rows.slice(0, most > 0 ? most : rows.length);
}

/** The names of the inputs that are required and were not given. */
export const missingInputs = (tool: SandboxTool, input: JsonObject): string[] =>
  Object.entries(tool.input)
    .filter(([name, field]) => field.required && (input[name] === undefined || input[name] === ''))
    .map(([name]) => name);

const hints = {
  reads: { readOnlyHint: true },
  changes: { readOnlyHint: false, destructiveHint: false },
  destroys: { readOnlyHint: false, destructiveHint: true },
} as const satisfies Record<NonNullable<SandboxTool['effect']>, JsonObject>;

/** What Scalekit tells agents about a tool. The annotations are those of the Model Context Protocol. */
export function definitionOf(tool: SandboxTool): JsonObject {
  const fields = Object.entries(tool.input);
  return {
    name: tool.name,
    display_name: tool.title,
    description: tool.description,
    input_schema: {
      type: 'object',
      properties: Object.fromEntries(
        fields.map(([name, { type, description }]) => [name, { type, description }]),
      ),
      required: fields.filter(([, field]) => field.required).map(([name]) => name),
    },
    ...(tool.effect && { annotations: { ...hints[tool.effect] } }),
  };
}
