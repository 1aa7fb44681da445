import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { parserOptions } from './words.js';

/** What an argument may be, narrowed by each place that it stands at. */
const kinds = { any: 'string | number', number: 'number', string: 'string', time: 'number | Date' } as const;

function collect(pieces: readonly MessageFormatElement[], found: Map<string, string>): void {
  const take = (name: string, kind: keyof typeof kinds) => {
    if (kind !== 'any' || !found.has(name)) found.set(name, kinds[kind]);
  };
  for (const piece of pieces) {
    switch (piece.type) {
      case TYPE.argument:
        take(piece.value, 'any');
        break;
      case TYPE.number:
        take(piece.value, 'number');
        break;
      case TYPE.date:
      case TYPE.time:
        take(piece.value, 'time');
        break;
      case TYPE.plural:
      case TYPE.select:
        take(piece.value, piece.type === TYPE.plural ? 'number' : 'string');
        for (const { value } of Object.values(piece.options)) collect(value, found);
        break;
      case TYPE.tag:
        collect(piece.children, found);
        break;
    }
  }
}

/** The arguments of a message, with the type of each. @throws SyntaxError when it is not ICU MessageFormat */
export function argumentsOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  collect(parse(text, parserOptions(text)), found);
  return found;
}
