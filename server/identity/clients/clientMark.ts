import { firstLetterOf } from '../../kernel/firstLetter.js';
import { paths } from '../../paths.js';
import type { ApiClient } from './apiClient.js';

/** How high a logo is beside a name, and how wide at most, in CSS pixels. */
const high = 32;
const widest = 120;

/** What `partials/clientMark` draws: the logo of a client, else the first letter of its name. */
export const clientMark = ({ name, logo }: Pick<ApiClient, 'name' | 'logo'>) => ({
  letter: firstLetterOf(name),
  image:
    logo === null
      ? null
      : {
          url: paths.clientLogo(logo.hash),
          // Its place is kept while it loads.
          width: Math.min(widest, Math.max(high, Math.round((high * logo.width) / logo.height))),
          height: high,
        },
});

export type ClientMark = ReturnType<typeof clientMark>;
