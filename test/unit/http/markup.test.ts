import { markedUp } from '../../../server/http/markup.js';
import { createDictionary } from '../../../server/words/words.js';
import { describe, expect, it } from '../../support/jest.js';

const t = createDictionary({
  en: {
    'common.forWhom': 'For <strong>{identifier}</strong> & others',
    'flow.cancelled': '<i>{title}',
  },
}).in('en');
const hostile = `<img src=x onerror='alert("&")'>`;
const harmless = '&lt;img src=x onerror=&#39;alert(&#34;&amp;&#34;)&#39;&gt;';

describe('a sentence as HTML', () => {
  it('has the tags of its message, with its arguments in bdi, and every leaf escaped', () => {
    expect(markedUp(t.parts('common.forWhom', { identifier: hostile }))).toBe(
      `For <strong><bdi>${harmless}</bdi></strong> &amp; others`,
    );
  });

  it('takes no tag that messages may not have', () => {
    expect(markedUp(t.parts('flow.cancelled', { title: '<strong>' }))).toBe(
      '&lt;i&gt;<bdi>&lt;strong&gt;</bdi>',
    );
  });

  it('writes times that machines can read', () => {
    const time = { text: '<3 minutes ago>', iso: '2026-03-12T14:02:00Z', exact: '"12 March"' };
    expect(markedUp([time])).toBe(
      '<time datetime="2026-03-12T14:02:00Z" title="&#34;12 March&#34;">&lt;3 minutes ago&gt;</time>',
    );
  });
});
