import { parseArgs } from 'node:util';
import { type ArgDef, type ArgsDef, type CommandDef, defineCommand, runCommand } from 'citty';

/** Thrown when a command can't do what it is told; its message is for whoever called it. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** Thrown when the command line itself is wrong, before anything was done. */
export class CommandLineError extends UsageError {
  override readonly name = 'CommandLineError';
}

/** What a command takes. A boolean has a `--no-…` form when it has a `negativeDescription`. */
type Arguments = Readonly<Record<string, ArgDef & { readonly repeatable?: boolean }>>;

/** What a command was given, by the names of its arguments. */
export type Given<T extends Arguments> = {
  readonly [Name in keyof T]: T[Name] extends { repeatable: true }
    ? readonly string[] | undefined
    : T[Name] extends { type: 'boolean' }
      ? boolean | undefined
      : T[Name] extends { required: true } | { default: string }
        ? string
        : string | undefined;
};

interface CommandParts<T extends Arguments> {
  /** What `--help` tells; a command within a group leaves it to the group. */
  readonly usage?: string;
  readonly args: T;
  /** Gives the pieces to print. */
  run(given: Given<T>): AsyncIterable<string>;
}

/** A command that does something. */
export function command<const T extends Arguments>({
  usage,
  args,
  run,
}: CommandParts<T>): CommandDef<ArgsDef> {
  return defineCommand<ArgsDef>({
    ...(usage === undefined ? {} : { meta: { description: usage } }),
    args,
    run: ({ args: read, rawArgs }) => {
      const all = valuesIn(tokensOf(args, rawArgs));
      const given = Object.entries(args).map(([name, { repeatable }]) => [
        name,
        // citty keeps the last value alone.
        repeatable === true ? all.get(name) : read[name],
      ]);
      return run(Object.fromEntries(given) as Given<T>);
    },
  });
}

/** A command that has commands of its own, by their names; those that take long to load may load themselves. */
export function group(usage: string, subCommands: NonNullable<CommandDef['subCommands']>): CommandDef {
  return defineCommand({ meta: { description: usage }, subCommands });
}

/**
 * Does what a command line says. citty, which reads it, ignores options that it does not know and arguments that are
 * too many, invents `--no-…` and keeps the last of several values: so all of that is refused here, before it runs.
 * @returns the pieces to print
 * @throws CommandLineError when the command line is wrong; nothing was done then
 */
export async function* perform(main: CommandDef, argv: readonly string[]): AsyncGenerator<string> {
  const chosen = await choose({ path: [], command: main, usage: '', rest: argv });
  if (chosen.asksForHelp) {
    yield `${chosen.usage.trimEnd()}\n`;
    return;
  }
  const args = ((await resolved(chosen.command.args)) ?? {}) as Arguments;
  const fault = faultIn(chosen.path.join(' '), args, chosen.rest);
  if (fault !== null) throw new CommandLineError(refusal(chosen, fault));
  const { result } = await runCommand(chosen.command, { rawArgs: [...chosen.rest] });
  // As `command` has it.
  yield* result as AsyncIterable<string>;
}

const resolved = async <T>(value: T | Promise<T> | (() => T | Promise<T>)): Promise<T> =>
  typeof value === 'function' ? (value as () => T | Promise<T>)() : value;

interface Choice {
  /** The names that lead to the command. */
  readonly path: readonly string[];
  readonly command: CommandDef;
  readonly usage: string;
  /** What follows the names. */
  readonly rest: readonly string[];
}

const helpOptions = ['--help', '-h'];

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some((argument) => helpOptions.includes(argument));
}

/** Follows the names of commands as far as they go. @throws CommandLineError */
async function choose(choice: Choice): Promise<Choice & { readonly asksForHelp: boolean }> {
  const { path, command, rest } = choice;
  const usage = (await resolved(command.meta))?.description ?? choice.usage;
  const here = { ...choice, usage };
  const subCommands = await resolved(command.subCommands);
  const [name = '', ...more] = rest;
  if (subCommands === undefined || helpOptions.includes(name))
    return { ...here, asksForHelp: asksForHelp(rest) };
  const found = Object.hasOwn(subCommands, name) ? subCommands[name] : undefined;
  if (found !== undefined)
    return choose({ ...here, path: [...path, name], command: await resolved(found), rest: more });
  const names = listed(Object.keys(subCommands), 'disjunction');
  const wrong = rest.length === 0 ? 'A command is missing' : `There is no command ${shown(name)}`;
  throw new CommandLineError(refusal(here, `${wrong}: say ${names}`));
}

/** What is wrong, after how the command is used: as a whole when nothing was said, else in one line. */
function refusal({ path: [name], usage, rest }: Choice, fault: string): string {
  const help = name === undefined ? 'node dist/commands/cli.js --help' : `npm run ${name} -- --help`;
  const used = rest.length === 0 ? usage.trimEnd() : usage.split('\n', 1)[0];
  return `${used}\n\n${fault}. See \`${help}\`.`;
}

const listed = (names: readonly string[], type: 'conjunction' | 'disjunction') =>
  new Intl.ListFormat('en', { type }).format(names);

/** An argument as it was given, but for the password of an address. */
const shown = (argument: string) => JSON.stringify(argument.replace(/:\/\/.*@/, '://…@'));

/** Everything on a command line, in its order. */
function tokensOf(args: Arguments, rawArgs: readonly string[]) {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const [name, { type, ...definition }] of Object.entries(args)) {
    if (type === 'positional') continue;
    options[name] = { type: type === 'boolean' ? 'boolean' : 'string' };
    if ('negativeDescription' in definition) options[`no-${name}`] = { type: 'boolean' };
  }
  return parseArgs({ args: [...rawArgs], options, strict: false, allowPositionals: true, tokens: true })
    .tokens;
}
type Token = ReturnType<typeof tokensOf>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

/** The values of each option. */
function valuesIn(tokens: readonly Token[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue;
    values.set(token.name, [...(values.get(token.name) ?? []), token.value]);
  }
  return values;
}

/** The name under which what an option says is known, or undefined for an option that does not exist. */
function nameOf(args: Arguments, { name, rawName }: OptionToken): string | undefined {
  const isOption = (one: string) => Object.hasOwn(args, one) && args[one]?.type !== 'positional';
  if (!rawName.startsWith('--')) return undefined;
  if (isOption(name)) return name;
  const positive = name.replace(/^no-/, '');
  const negatable = isOption(positive) && 'negativeDescription' in (args[positive] ?? {});
  return negatable ? positive : undefined;
}

function optionFault(
  path: string,
  args: Arguments,
  token: OptionToken,
  before: ReadonlySet<string>,
): string | null {
  const { rawName, value, inlineValue } = token;
  const name = nameOf(args, token);
  if (name === undefined) return `There is no option ${shown(rawName)} for ${path}`;
  const definition = args[name];
  if (definition?.type === 'boolean' && value !== undefined) return `${rawName} takes no value`;
  if (definition?.type !== 'boolean') {
    if (value === undefined || value === '') return `${rawName} needs a value`;
    // It is more likely that the value was forgotten.
    if (inlineValue === false && value.startsWith('-') && value !== '-')
      return `${rawName} needs a value, which is written ${rawName}=VALUE when it begins with a dash`;
  }
  if (before.has(name) && definition?.repeatable !== true) return `--${name} can be given only once`;
  return null;
}

/** What has to be given and is not. */
function missingFrom(args: Arguments, given: ReadonlySet<string>, positionals: number): string[] {
  const places = Object.entries(args).filter(([, { type }]) => type === 'positional');
  return [
    ...places.slice(positionals).map(([name, { required }]) => required !== false && name.toUpperCase()),
    ...Object.entries(args)
      .filter(([, { type }]) => type !== 'positional')
      .map(([name, { required }]) => required === true && !given.has(name) && `--${name}`),
  ].filter((name) => name !== false);
}

/** The first thing that is wrong with what follows the name of a command, or null. */
function faultIn(path: string, args: Arguments, rawArgs: readonly string[]): string | null {
  const most = Object.values(args).filter(({ type }) => type === 'positional').length;
  const given = new Set<string>();
  let positionals = 0;
  for (const token of tokensOf(args, rawArgs)) {
    if (token.kind === 'option') {
      const fault = optionFault(path, args, token, given);
      if (fault !== null) return fault;
      given.add(nameOf(args, token) ?? '');
    } else if (token.kind === 'positional') {
      if (positionals === most) return `${shown(token.value)} is one argument too many for ${path}`;
      if (token.value === '') return `An argument of ${path} is empty`;
      positionals += 1;
    }
  }
  const missing = missingFrom(args, given, positionals);
  return missing.length === 0 ? null : `${path} needs ${listed(missing, 'conjunction')}`;
}
