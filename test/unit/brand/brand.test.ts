import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BrandError, readBrand } from '../../../server/brand/brand.js';
import { writeBrand } from '../../support/brandFile.js';
import { describe, expect, it } from '../../support/jest.js';

const read = async (brand: unknown) => readBrand(await writeBrand(brand));
const refusing = async (brand: unknown): Promise<string> => {
  const file = await writeBrand(brand);
  try {
    readBrand(file);
  } catch (error) {
    expect(error).toBeInstanceOf(BrandError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
};

describe('a brand', () => {
  it('is this project’s without a file', () => {
    expect(readBrand(null)).toMatchObject({
      isOwn: false,
      name: 'Connect accounts',
      accent: null,
      logo: null,
    });
  });

  it('is read with its pictures, colours, links and words', async () => {
    const links = { support: 'mailto:help@acme.example', privacy: 'https://acme.example/privacy' };
    const brand = await read({
      name: 'Acme\u202e https://evil.example',
      assistant: 'Bolt',
      accent: '#0a5c4e',
      logo: { light: 'light.svg', dark: 'dark.svg' },
      favicon: 'icon.png',
      links,
      words: { en: { 'accounts.list.heading': 'Your tools' } },
    });
    expect(brand).toMatchObject({
      isOwn: true,
      name: 'Acme https evil example',
      assistant: 'Bolt',
      links: { ...links, legal: null },
      accent: { accent: '#0a5c4e' },
      logo: { light: { ending: 'svg' }, dark: { ending: 'svg' } },
      favicon: { ending: 'png' },
    });
  });
});

describe('a brand that cannot be used', () => {
  it.each([
    ['no name', {}, 'name'],
    ['a name that cannot be read', { name: '\u202e://' }, 'name: must be a name that can be read'],
    ['a colour that is none', { name: 'Acme', accent: 'blurple' }, 'accent: must be a colour'],
    [
      'a link that runs script',
      { name: 'Acme', links: { support: 'javascript:alert(1)' } },
      'links.support: must be an https',
    ],
    [
      'a link of plain http',
      { name: 'Acme', links: { legal: 'http://acme.example' } },
      'links.legal: must be an https',
    ],
    [
      'a link with a password',
      { name: 'Acme', links: { privacy: 'https://ada:secret@acme.example' } },
      'links.privacy: must be an https address without a password',
    ],
    ['a mail to nobody', { name: 'Acme', links: { support: 'mailto:' } }, 'links.support: must be an https'],
    [
      'a logo of more pixels than anybody shows',
      { name: 'Acme', logo: { light: 'wide.png' } },
      'logo.light: has more than 2048 pixels on a side',
    ],
    ['a logo that is not there', { name: 'Acme', logo: { light: 'gone.svg' } }, 'logo.light: there is no'],
    [
      'a logo that is no picture',
      { name: 'Acme', logo: { light: 'logo.exe' } },
      'logo.light: must be an .svg or .png file',
    ],
    ['a logo that lies', { name: 'Acme', logo: { light: 'lying.png' } }, 'logo.light: is no PNG'],
    ['a part that nobody knows', { name: 'Acme', colour: 'red' }, 'colour'],
    ['words of no language', { name: 'Acme', words: { tlh: {} } }, 'words.tlh: is none of the languages'],
    [
      'words of no message',
      { name: 'Acme', words: { en: { 'accounts.nothing': 'x' } } },
      'is no message of the pages of users',
    ],
    [
      'words of an admin’s page',
      { name: 'Acme', words: { en: { 'adminOverview.heading': 'x' } } },
      'is no message of the pages of users',
    ],
    [
      'words for a consent',
      { name: 'Acme', words: { en: { 'onboarding.start.caution': 'Just press Start.' } } },
      'a reader decides by it',
    ],
    [
      'words for whom it is',
      { name: 'Acme', words: { en: { 'common.forWhom': 'For you' } } },
      'a reader decides by it',
    ],
    [
      'words for a failure',
      { name: 'Acme', words: { de: { 'flow.failures.wrong_user.detail': 'Alles gut.' } } },
      'a reader decides by it',
    ],
    [
      'markup',
      { name: 'Acme', words: { en: { 'accounts.list.heading': '<script>alert(1)</script>' } } },
      'has markup',
    ],
    [
      'characters that turn text',
      { name: 'Acme', words: { en: { 'accounts.list.heading': 'a\u202eb' } } },
      'can’t be seen',
    ],
    [
      'an ASCII apostrophe',
      { name: 'Acme', words: { en: { 'accounts.list.heading': "It's" } } },
      'apostrophe',
    ],
    [
      'an argument too many',
      { name: 'Acme', words: { en: { 'accounts.list.heading': '{title}' } } },
      'takes {title}',
    ],
    [
      'what is no message format',
      { name: 'Acme', words: { en: { 'accounts.list.heading': 'One {' } } },
      'is not ICU MessageFormat',
    ],
    [
      'too many words',
      { name: 'Acme', words: { en: { 'accounts.list.heading': 'x'.repeat(501) } } },
      'more than 500',
    ],
    ['a list', [], 'BRAND_FILE has faults'],
    [
      'a name as a date',
      { name: 'Acme', words: { en: { 'accounts.list.menu': '{title, date}' } } },
      'not like this',
    ],
    [
      'an address',
      { name: 'Acme', words: { en: { 'accounts.list.heading': 'https://evil.example' } } },
      'has an address',
    ],
    [
      'a button',
      { name: 'Acme', words: { en: { 'common.actions.disconnect': 'Connect {title}' } } },
      'a reader decides by it',
    ],
    [
      'a language of objects',
      { name: 'Acme', words: { constructor: { a: 'b' } } },
      'words.constructor: is none',
    ],
  ])('names %s', async (_, brand, fault) => {
    expect(await refusing(brand)).toContain(fault);
  });

  it('is told with every fault at once', async () => {
    const message = await refusing({
      name: '',
      accent: 'blurple',
      logo: { light: 'gone.svg' },
      words: { tlh: {}, en: { 'errors.internal.heading': 'x' } },
    });
    expect(message.match(/\n {2}- /g)).toHaveLength(5);
  });

  it('is told when it is no JSON, is not there, or has a picture that is too large', async () => {
    expect(await refusing('{')).toContain('but it is not JSON');
    expect(() => readBrand('/nowhere/brand.json')).toThrow('but it cannot be read');
    const file = await writeBrand({ name: 'Acme', logo: { light: 'light.svg' } });
    await writeFile(path.join(path.dirname(file), 'light.svg'), `<svg>${' '.repeat(256 * 1024)}</svg>`);
    expect(() => readBrand(file)).toThrow('logo.light: has more than 256 kB');
  });
});
