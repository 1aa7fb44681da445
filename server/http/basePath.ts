import ejs from 'ejs';
import type { Express, Request, RequestHandler } from 'express';

/** Where a page holds an address that a browser goes to or asks: `data-…` by its name. Values of users have no quotation mark. */
const addressInPage =
  /(\s(?:href|src|srcset|action|formaction|data-(?:[a-z]+-)*url)="|\scontent="\d+;url=)\/(?!\/)/g;

const isOwn = (address: unknown): address is string =>
  typeof address === 'string' && /^\/(?!\/)/.test(address);

/**
 * Runs the app under the path of its public URL. Inside the app nothing knows of that path: it is taken off every request
 * first, and put before the app's own addresses where they leave it: in `Location`, in the attributes of pages and
 * in fields of JSON whose names end in `_url`. Whole URLs are made of `PUBLIC_URL`, which has the path.
 * @param basePath as `basePathOf` gives it, not empty
 */
export function runUnder(app: Express, basePath: string) {
  const outside = new WeakSet<Request>();

  app.engine('ejs', (file, locals, done) => {
    ejs.renderFile(file, locals, (error, page) =>
      done(error, error ? '' : page.replace(addressInPage, `$1${basePath}/`)),
    );
  });
  app.set('json replacer', (key: string, value: unknown) =>
    key.endsWith('_url') && isOwn(value) ? basePath + value : value,
  );

  /** Takes the path off. What is asked outside it stays as it is, so that probes find `/healthz` there too. */
  const enter: RequestHandler = (request, response, next) => {
    const sendTo = response.location;
    response.location = (url) => sendTo.call(response, isOwn(url) ? basePath + url : url);
    const { url } = request;
    const rest = url.startsWith(basePath) ? url.slice(basePath.length) : null;
    if (rest !== null && /^(?:[/?]|$)/.test(rest)) {
      request.url = rest.startsWith('/') ? rest : `/${rest}`;
      request.originalUrl = request.url;
    } else if (request.originalUrl.startsWith('/')) {
      outside.add(request);
    }
    next();
  };

  const refuseOutside: RequestHandler = (request, response, next) => {
    if (!outside.has(request)) return next();
    response.status(404).type('text/plain').send(`Nothing is here. This app is under ${basePath}/\n`);
  };

  return { enter, refuseOutside };
}
