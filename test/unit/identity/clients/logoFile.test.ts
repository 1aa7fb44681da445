import { longestLogo, readLogoFile } from '../../../../server/identity/clients/logoFile.js';
import { describe, expect, it } from '../../../support/jest.js';
import { pngOf, svgOf, textChunk } from './logoFiles.js';

const xml = 'http://www.w3.org/2000/svg';
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

/** Parts that repeat parts: a billion rectangles in a thousand bytes. @param by writes what repeats one part */
function multiplying(by: (id: string) => string): Buffer {
  const parts = Array.from(
    { length: 9 },
    (_, index) => `<g id="a${index + 1}">${by(`a${index}`).repeat(10)}</g>`,
  );
  return svgOf(`<defs><rect id="a0" width="1" height="1"/>${parts.join('')}</defs>${by('a9')}`);
}

describe('what can be a logo', () => {
  it.each([
    ['an SVG file', svgOf(), 'image/svg+xml', 1000, 1000],
    ['a wide SVG file', svgOf('', 'viewBox="-5 -5 200,50"'), 'image/svg+xml', 1000, 250],
    [
      'an SVG file with sides and no viewBox',
      svgOf('', 'width="1e1px" height="20px"'),
      'image/svg+xml',
      500,
      1000,
    ],
    [
      'an SVG file whose sides are parts of its place',
      svgOf('', 'width="100%" height="100%" viewBox="0 0 1 .5"'),
      'image/svg+xml',
      1000,
      500,
    ],
    [
      'an SVG file with a declaration, comments and a prefix',
      Buffer.from(`\ufeff<?xml version="1.0"?><!-- a --><s:svg xmlns:s="${xml}" viewBox="0 0 3 3"/>\n`),
      'image/svg+xml',
      1000,
      1000,
    ],
    [
      'an SVG file that repeats some parts',
      svgOf(
        '<g id="a"><rect/></g><g id="b"><use href="#a"/></g><use href="#b"/><a href="#b"/><use href="#none"/><use href="#%"/>',
      ),
      'image/svg+xml',
      1000,
      1000,
    ],
    ['a PNG file', pngOf(20, 10), 'image/png', 1000, 500],
    ['a PNG file with a comment', pngOf(8, 8, [textChunk('made by hand')]), 'image/png', 1000, 1000],
    ['a PNG file as large as can be', pngOf(2048, 1), 'image/png', 1000, 1],
  ])('is %s', (_, body, type, width, height) => {
    expect(readLogoFile(body)).toEqual({ logo: { type, width, height, body } });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'missing'],
    ['one byte too much', svgOf(' '.repeat(longestLogo)), 'too_large'],
    ['a text', Buffer.from('Acme'), 'unknown_type'],
    ['a page', Buffer.from('<!doctype html><script>alert(1)</script>'), 'unknown_type'],
    ['a page that is XML', Buffer.from('<html xmlns="http://www.w3.org/1999/xhtml"/>'), 'unknown_type'],
    ['an SVG element of no namespace', Buffer.from('<svg viewBox="0 0 1 1"/>'), 'unknown_type'],
    ['an SVG file in UTF-16', utf16(svgOf().toString()), 'unknown_type'],
    ['an SVG file with a NUL', svgOf('\0'), 'unknown_type'],
    ['a GIF file that is also a script', Buffer.from('GIF89a=1;alert(1)'), 'unknown_type'],
    ['a JPEG file', Buffer.from('ffd8ffe000104a464946', 'hex'), 'unknown_type'],
    ['the beginning of a PNG file and then a page', Buffer.from('\x89PNG<html>', 'latin1'), 'unknown_type'],
    [
      'an SVG file with an external entity',
      Buffer.from(`<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="${xml}">&a;</svg>`),
      'doctype',
    ],
    [
      'an SVG file with entities that multiply',
      Buffer.from(`<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><svg xmlns="${xml}">&b;</svg>`),
      'doctype',
    ],
    [
      'an SVG file with the usual document type',
      Buffer.from(`<!doctype svg><svg xmlns="${xml}"/>`),
      'doctype',
    ],
    ['an SVG file with an entity of HTML', svgOf('&nbsp;'), 'malformed'],
    ['an SVG file without an end', svgOf().subarray(0, -1), 'malformed'],
    ['an SVG file and a second one', Buffer.concat([svgOf(), svgOf()]), 'malformed'],
    ['an SVG file and a script', Buffer.concat([svgOf(), Buffer.from('alert(1)')]), 'malformed'],
    ['an SVG file with an attribute without quotes', svgOf('<g onload=alert(1) />'), 'malformed'],
    ['an SVG file that multiplies', multiplying((id) => `<use href="#${id}"/>`), 'too_complex'],
    [
      'an SVG file that multiplies in the old way, and with other letters',
      multiplying(
        (id) => `<use x:href=" &#10;#%61&#9;${id.slice(1)}" xmlns:x="http://www.w3.org/1999/xlink"/>`,
      ),
      'too_complex',
    ],
    [
      'an SVG file that multiplies once it moves',
      multiplying((id) => `<use><set attributeName="href" to="#${id}"/></use>`),
      'too_complex',
    ],
    [
      'an SVG file with one id for much and for little',
      multiplying((id) => `<use href="#${id}"/><g id="a5"/>`),
      'too_complex',
    ],
    [
      'an SVG file that multiplies under names of other scripts',
      Buffer.from(
        multiplying((id) => `<use href="#${id.replace('a', '%C3%A4')}"/>`)
          .toString()
          .replaceAll('id="a', 'id="ä'),
      ),
      'too_complex',
    ],
    [
      'an SVG file that repeats parts for ever so long',
      svgOf(Array.from({ length: 1500 }, (_, n) => `<g id="a${n}"><use href="#a${n + 1}"/></g>`).join('')),
      'too_complex',
    ],
    [
      'an SVG file that repeats a part within itself',
      svgOf('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
      'too_complex',
    ],
    ['an SVG file that is nested too deep', svgOf('<g>'.repeat(300) + '</g>'.repeat(300)), 'too_complex'],
    ['an SVG file without a size', svgOf('', ''), 'no_size'],
    ['an SVG file of no size', svgOf('', 'viewBox="0 0 0 10"'), 'no_size'],
    ['an SVG file of an endless size', svgOf('', 'width="1e999" height="1e999"'), 'no_size'],
    ['a PNG file without its last byte', pngOf().subarray(0, -1), 'damaged'],
    ['a PNG file with something behind it', Buffer.concat([pngOf(), Buffer.from('PK\x03\x04')]), 'damaged'],
    ['a PNG file with a wrong sum', pngOf().fill(1, 40, 42), 'damaged'],
    ['a PNG file without a head', Buffer.concat([pngOf().subarray(0, 8), textChunk('a')]), 'damaged'],
    ['a PNG file of no size', pngOf(0, 1), 'damaged'],
    ['a PNG file that is too wide', pngOf(2049, 1), 'too_many_pixels'],
    ['a PNG file that is too high', pngOf(1, 2049), 'too_many_pixels'],
  ])('is not %s', (_, body, fault) => {
    expect(readLogoFile(body)).toEqual({ fault });
  });

  it('says at once what a file of the largest size is, whatever is in it', () => {
    const many = '<g id="a"><use href="#a"/>'.repeat(2_000);
    const wide = '<use href="#a" id="a"/>'.repeat(2_500);
    const began = performance.now();
    for (const inner of [
      many,
      wide,
      '&'.repeat(60_000),
      '<'.repeat(60_000),
      `<g a="${'x'.repeat(60_000)}"/>`,
    ]) {
      readLogoFile(svgOf(inner));
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
