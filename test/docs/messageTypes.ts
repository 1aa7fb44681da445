import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { defaultLanguage, parserOptions, readMessages, unnamed } from '../../server/words/words.js';

/** What an argument may be, narrowed by each place that it stands at. */
const kinds = { any: 'string | number', number: 'number', string: 'string', time: 'number | Date' } as const;

/** The arguments of a message's pieces, with what each of them may be. */
export function argumentsOf(pieces: readonly MessageFormatElement[], found = new Map<string, string>()) {
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
        for (const { value } of Object.values(piece.options)) argumentsOf(value, found);
        break;
      case TYPE.tag:
        argumentsOf(piece.children, found);
        break;
    }
  }
  return found;
}

function typeOf(text: string): string {
  const found = [...argumentsOf(parse(text, parserOptions(text)))].filter(([name]) => !(name in unnamed));
  if (found.length === 0) return 'Record<never, never>';
  return `{ ${found.map(([name, kind]) => `readonly ${name}: ${kind}`).join('; ')} }`;
}

/** The file that types every key, as it has to be: what each English message takes. */
export function messageTypes(): string {
  const messages = readMessages()[defaultLanguage] ?? {};
  const lines = Object.keys(messages)
    .sort()
    .map((key) => `  '${key}': ${typeOf(messages[key] ?? '')};`);
  return `// Made by \`npm run docs\` from the messages in \`en/\`.\n\n/** What each message takes. */\nexport interface Messages {\n${lines.join('\n')}\n}\n`;
}
