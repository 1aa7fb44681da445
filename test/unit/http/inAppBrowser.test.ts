import { intentUrlOf, isInApp } from '../../../server/http/inAppBrowser.js';
import { describe, expect, it } from '../../support/jest.js';

const ios = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const android =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP1A.240505.004; wv) AppleWebKit/537.36 (KHTML, like Gecko)';

describe('a window inside another app', () => {
  it.each([
    [
      'Instagram on iOS',
      `${ios} Mobile/15E148 Instagram 355.0.0.22.97 (iPhone15,3; iOS 18_1; en_US; en; scale=3.00; 1290x2796; 659410341)`,
    ],
    [
      'Instagram on Android',
      `${android} Version/4.0 Chrome/130.0.6723.102 Mobile Safari/537.36 Instagram 356.0.0.41.101 Android`,
    ],
    [
      'Facebook on iOS',
      `${ios} Mobile/15E148 [FBAN/FBIOS;FBAV/487.0.0.43.101;FBBV/660133453;FBDV/iPhone15,3;FBMD/iPhone;FBSN/iOS;FBSV/18.1;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]`,
    ],
    [
      'Facebook on Android',
      `${android} Version/4.0 Chrome/130.0.6723.102 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/488.0.0.75.79;]`,
    ],
    ['LinkedIn on iOS', `${ios} Mobile/15E148 [LinkedInApp]/9.30.1234`],
    [
      'TikTok on Android',
      `${android} Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 trill_370105 BytedanceWebview/d8a21c6`,
    ],
    ['WeChat on iOS', `${ios} Mobile/15E148 MicroMessenger/8.0.53(0x18003531) NetType/WIFI Language/ja`],
    ['Line on iOS', `${ios} Mobile/15E148 Safari Line/14.18.0`],
    ['Line on Android', `${android} Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 Line/14.18.0/IAB`],
    [
      'KakaoTalk on Android',
      'Mozilla/5.0 (Linux; Android 14; SM-S911N Build/UP1A.231005.007) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36;KAKAOTALK 2410950',
    ],
    ['Naver on iOS', `${ios} Mobile/15E148 Safari/604.1 NAVER(inapp; search; 2000; 12.9.4; 15PRO)`],
    ['a web view on Android', `${android} Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36`],
    ['a web view on iOS', `${ios} Mobile/15E148`],
  ])('is %s', (_, userAgent) => expect(isInApp(userAgent)).toBe(true));

  it.each([
    ['Safari on iOS', `${ios} Version/18.1 Mobile/15E148 Safari/604.1`],
    ['Chrome on iOS', `${ios} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`],
    ['Firefox on iOS', `${ios} FxiOS/132.0 Mobile/15E148 Safari/605.1.15`],
    [
      'Opera Mini on Android',
      'Mozilla/5.0 (Linux; U; Android 14; SM-A155F Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 OPR/83.0.2254.73110',
    ],
    ['Opera Touch on iOS', `${ios} Mobile/15E148 OPT/3.4.9`],
    [
      'Samsung Internet Lite',
      `${android} Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 SamsungBrowserLite/1.2`,
    ],
    ['Firefox Focus on Android', `${android} Version/4.0 Focus/8.0.15 Chrome/130.0.0.0 Mobile Safari/537.36`],
    ['Google’s own app', `${ios} GSA/343.0.695551749 Mobile/15E148 Safari/604.1`],
    [
      'Chrome on Android',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
    ],
    ['Firefox on Android', 'Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0'],
    [
      'Samsung Internet',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
    ],
    [
      'Edge on a desk',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0',
    ],
    [
      'Safari on a desk',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
    ],
    ['Firefox on a desk', 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0'],
    ['nothing', ''],
    ['a text that is too long to be one', 'iPhone'.repeat(2000)],
  ])('is not %s', (_, userAgent) => expect(isInApp(userAgent)).toBe(false));
});

/** What Android makes of an address (`Intent.parseUri`): the part after the last `#`, in pieces. */
function readIntent(address: string) {
  const at = address.lastIndexOf('#');
  const [, ...parts] = address.slice(at + 1).split(';');
  expect(address.slice(at)).toMatch(/^#Intent;.*;end$/);
  return {
    data: address.slice(0, at),
    fields: Object.fromEntries(parts.slice(0, -1).map((part) => part.split('='))),
  };
}

describe('the address that Android opens in a browser', () => {
  it.each([
    'https://connect.example.com/connect/gmail?to=a%2Bb&return_to=%2Fconnections',
    'http://localhost:3000/onboarding/start?token=x;end',
    'https://connect.example.com/connections?x=%23Intent;component=com.evil/.Evil;end',
    'https://connect.example.com/connections?x=;S.browser_fallback_url=https://evil.example;end',
  ])('is %s and nothing else', (url) => {
    const { data, fields } = readIntent(intentUrlOf(url));
    expect(`${fields.scheme}:${data.slice('intent:'.length)}`).toBe(url);
    expect(Object.keys(fields)).toEqual(['scheme', 'action', 'category', 'S.browser_fallback_url']);
    expect(decodeURIComponent(fields['S.browser_fallback_url'] ?? '')).toBe(url);
  });
});
