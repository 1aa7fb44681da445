import type { RequestHandler } from 'express';
import InAppSpy from 'inapp-spy';

/** Longer ones are nobody's, and every pattern is tried on the whole of it. */
const longestUserAgent = 600;

/** Google lets its users sign in inside its own app. */
const trusted = [{ appKey: 'gsa' as const }];

/** Browsers that show pages in the web view of their system. */
const browsersOfWebViews =
  /\b(?:OPR|OPT|OPiOS|SamsungBrowser(?:Lite)?|DuckDuckGo|Ddg|Focus|Klar|Puffin|UCBrowser|MiuiBrowser|HuaweiBrowser|VivoBrowser|HeyTapBrowser)\//;

/** Apps that the library does not know, and that are not always told by the web view of their system. */
const furtherApps =
  /\bKAKAOTALK\b|\bNAVER\(inapp|\[Pinterest\/|\bWeibo\b|\bDingTalk\b|\bAlipayClient\b|\bQQ\/|\bZalo\b/i;

/** What a reader inside another app's window is told, before they begin. */
export interface InAppAdvice {
  /** The address to open in a browser. */
  readonly url: string;
  /** Opens it there from within Android apps, or null on other systems. */
  readonly intentUrl: string | null;
  /** Whether the window has a menu that opens the page in a browser, as those of iOS apps do. */
  readonly hasMenu: boolean;
}

/**
 * Whether a request comes from a window inside another app (Instagram, Facebook, LinkedIn, TikTok, WeChat, Line and any
 * web view), in which Google and others let nobody sign in (RFC 8252, 8.12).
 */
export function isInApp(userAgent: string): boolean {
  if (userAgent === '' || userAgent.length > longestUserAgent) return false;
  if (furtherApps.test(userAgent)) return true;
  const { isInApp: found, appKey } = InAppSpy({ ua: userAgent, skip: trusted });
  return found && (appKey !== undefined || !browsersOfWebViews.test(userAgent));
}

/**
 * An address that Android opens in the browser of its user, as Chrome documents it for `intent:`. The address ends where
 * the last `#` stands, which no address of ours has.
 */
export function intentUrlOf(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  const parts = [
    `scheme=${protocol.slice(0, -1)}`,
    'action=android.intent.action.VIEW',
    'category=android.intent.category.BROWSABLE',
    `S.browser_fallback_url=${encodeURIComponent(url)}`,
  ];
  return `intent://${host}${pathname}${search}#Intent;${parts.join(';')};end`;
}

/**
 * Gives views `inAppAdvice(path)`: what to tell a reader inside another app's window, or null in a browser.
 * Without a path it is about the page itself.
 */
export const inAppLocals =
  (publicUrl: string): RequestHandler =>
  (request, response, next) => {
    response.locals.inAppAdvice = (path = request.originalUrl): InAppAdvice | null => {
      const userAgent = request.get('User-Agent') ?? '';
      if (!isInApp(userAgent)) return null;
      const url = new URL(publicUrl + path).href;
      const isAndroid = /\bAndroid\b/.test(userAgent);
      return { url, intentUrl: isAndroid ? intentUrlOf(url) : null, hasMenu: !isAndroid };
    };
    next();
  };
