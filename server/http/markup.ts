import ejs from 'ejs';
import type { Said } from '../words/words.js';

/**
 * `tm` of the views: a sentence as HTML. Each leaf is escaped, and nothing but the tags of messages and `<time>` marks it.
 * An argument stands in `<bdi>`, so that its direction says nothing about what is beside it.
 */
export const markedUp = (said: Said): string =>
  said
    .map((piece) => {
      if (typeof piece === 'string') return ejs.escapeXML(piece);
      if ('said' in piece) return `<${piece.tag}>${markedUp(piece.said)}</${piece.tag}>`;
      if ('argument' in piece) return `<bdi>${ejs.escapeXML(piece.argument)}</bdi>`;
      const { iso, exact, text } = piece;
      return `<time datetime="${ejs.escapeXML(iso)}" title="${ejs.escapeXML(exact)}">${ejs.escapeXML(text)}</time>`;
    })
    .join('');
