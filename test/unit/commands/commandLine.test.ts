import { CommandLineError, command, group } from '../../../server/commands/commandLine.js';
import { printedBy } from '../../support/command.js';
import { beforeEach, describe, expect, it } from '../../support/jest.js';

const args = {
  who: { type: 'positional', required: true },
  where: { type: 'positional', required: false },
  key: { type: 'string', required: true },
  tag: { type: 'string', repeatable: true },
  size: { type: 'string', default: '3' },
  sure: { type: 'boolean' },
  loud: { type: 'boolean', negativeDescription: 'quiet' },
} as const;

let ran = 0;

beforeEach(() => {
  ran = 0;
});

const main = group('Usage: main\n  greet\n  rest', {
  greet: () =>
    Promise.resolve(
      command({
        usage: 'Usage: greet WHO\n  all about it',
        args,
        async *run(given) {
          ran += 1;
          yield JSON.stringify(given);
        },
      }),
    ),
  things: group('Usage: things\n  list', {
    list: command({
      args: {},
      async *run() {
        ran += 1;
        yield 'no things';
      },
    }),
  }),
});

const run = (...line: string[]) => printedBy(main, line);

const refusal = (line: readonly string[]) =>
  run(...line).then(
    (printed) => Promise.reject(new Error(`It was done: ${printed}`)),
    (error: Error) => {
      expect(error).toBeInstanceOf(CommandLineError);
      return error.message;
    },
  );

describe('the command line', () => {
  it('gives a command what it was given, and defaults for the rest', async () => {
    expect(JSON.parse(await run('greet', 'ada', '--key', 'k'))).toEqual({ who: 'ada', key: 'k', size: '3' });
    const all = ['ada', 'home', '--key=-k', '--tag', 'a', '--tag=b', '--size', '4', '--sure', '--no-loud'];
    expect(JSON.parse(await run('greet', ...all))).toEqual({
      who: 'ada',
      where: 'home',
      key: '-k',
      tag: ['a', 'b'],
      size: '4',
      sure: true,
      loud: false,
    });
  });

  it('takes what follows -- as it is', async () => {
    const given = JSON.parse(await run('greet', '--key', 'k', '--', '--sure', '--no-loud'));
    expect(given).toEqual({ who: '--sure', where: '--no-loud', key: 'k', size: '3' });
    expect(JSON.parse(await run('greet', '--key', 'k', '--', '--help'))).toMatchObject({ who: '--help' });
  });

  it.each([
    ['an option that does not exist', ['a', '--key', 'k', '--kee'], 'There is no option "--kee" for greet'],
    ['its value along with it', ['a', '--key', 'k', '--kee=v'], 'There is no option "--kee" for greet'],
    ['an option of one letter', ['a', '--key', 'k', '-k'], 'There is no option "-k" for greet'],
    ['another spelling of an option', ['a', '--Key', 'k'], 'There is no option "--Key" for greet'],
    ['the name of an argument as an option', ['--who', 'a'], 'There is no option "--who" for greet'],
    ['a name that every object has', ['a', '--constructor'], 'There is no option "--constructor" for greet'],
    [
      'a negation that is not meant',
      ['a', '--key=k', '--no-sure'],
      'There is no option "--no-sure" for greet',
    ],
    ['the negation of a value', ['a', '--key=k', '--no-key'], 'There is no option "--no-key" for greet'],
    ['the negation of nothing', ['a', '--key=k', '--no-x'], 'There is no option "--no-x" for greet'],
    ['a value where none is meant', ['a', '--key=k', '--sure=false'], '--sure takes no value'],
    ['a value for a negation', ['a', '--key=k', '--no-loud=1'], '--no-loud takes no value'],
    ['no value at the end', ['a', '--key'], '--key needs a value'],
    ['an empty value', ['a', '--key='], '--key needs a value'],
    ['an option for a value', ['a', '--key', '--sure'], '--key needs a value, which is written --key=VALUE'],
    ['an option twice', ['a', '--key', 'k', '--key', 'l'], '--key can be given only once'],
    ['a switch twice', ['a', '--key', 'k', '--sure', '--sure'], '--sure can be given only once'],
    ['both of two', ['a', '--key', 'k', '--loud', '--no-loud'], '--loud can be given only once'],
    ['too much', ['a', 'b', 'c', '--key', 'k'], '"c" is one argument too many for greet'],
    ['too much after --', ['a', 'b', '--key', 'k', '--', '-c'], '"-c" is one argument too many for greet'],
    ['nothing in an argument', ['', '--key', 'k'], 'An argument of greet is empty'],
    ['too little', ['--sure'], 'greet needs WHO and --key'],
  ])('refuses %s, in words, and does nothing', async (_, line, words) => {
    expect(await refusal(['greet', ...line])).toMatch(new RegExp(`^Usage: greet WHO\n\n${words}`));
    expect(await refusal(['greet', ...line])).toMatch(/ See `npm run greet -- --help`\.$/);
    expect(ran).toBe(0);
  });

  it('does not repeat the password of an address that is too many', async () => {
    const message = await refusal(['greet', 'a', 'b', '--key', 'k', 'postgres://ada:a-secret@here/db']);
    expect(message).toContain('"postgres://…@here/db" is one argument too many');
  });

  it.each([
    [[], 'Usage: main\n  greet\n  rest\n\nA command is missing: say greet or things.'],
    [['gret'], 'Usage: main\n\nThere is no command "gret": say greet or things.'],
    [['toString'], 'Usage: main\n\nThere is no command "toString": say greet or things.'],
    [['--sure', 'greet'], 'Usage: main\n\nThere is no command "--sure": say greet or things.'],
    [['things'], 'Usage: things\n  list\n\nA command is missing: say list.'],
    [['things', 'lists'], 'Usage: things\n\nThere is no command "lists": say list.'],
    [['gret', '--help'], 'Usage: main\n\nThere is no command "gret": say greet or things.'],
  ])('says which commands there are when it is told %j', async (line, words) => {
    expect((await refusal(line)).startsWith(`${words} See \``)).toBe(true);
  });

  it.each([
    [['--help'], 'Usage: main\n  greet\n  rest\n'],
    [['greet', '--help'], 'Usage: greet WHO\n  all about it\n'],
    [['greet', 'a', '--kee', '-h'], 'Usage: greet WHO\n  all about it\n'],
    [['things', '--help'], 'Usage: things\n  list\n'],
    [['things', 'list', '--help'], 'Usage: things\n  list\n'],
  ])('tells how it is used when it is told %j, and does nothing', async (line, help) => {
    expect(await run(...line)).toBe(help);
    expect(ran).toBe(0);
  });
});
