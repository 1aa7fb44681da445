import { argumentsOf } from '../../server/words/messageArguments.js';
import { defaultLanguage, readMessages, unnamed } from '../../server/words/words.js';

function typeOf(text: string): string {
  const found = [...argumentsOf(text)].filter(([name]) => !(name in unnamed));
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
