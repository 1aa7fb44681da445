import type { ActivationFilter } from '../../accounts/flow/unverifiedAccounts.js';
import type { UnverifiedActivation } from '../../accounts/flow/unverifiedStore.js';
import type { ConnectionNames } from '../../accounts/list/connectionNames.js';
import type { NewestFirst } from '../../http/pageKey.js';
import { inOneLine } from '../../kernel/plainText.js';
import { adminPaths } from '../../paths.js';
import { momentOf } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import type { ConfirmPage } from '../confirmPage.js';

const parametersOf = ({ connectionName: connection, identifier: user }: ActivationFilter) => ({
  connection,
  user,
});

/** What `pages/admin/activations` is rendered with. */
export function activationsPage(
  t: Translate,
  filter: ActivationFilter,
  page: NewestFirst<UnverifiedActivation>,
  names: ConnectionNames,
) {
  const parameters = parametersOf(filter);
  return {
    rows: page.rows.map(({ at, identifier, connectionName }) => ({
      time: momentOf(t, at),
      title: names.titleOf(connectionName),
      identifier: inOneLine(identifier),
      userUrl: adminPaths.user(identifier),
      onlyUrl: adminPaths.activations({ connection: connectionName }),
      acceptUrl: adminPaths.acceptActivations({ connection: connectionName, user: identifier }),
    })),
    filter: [
      ...(filter.connectionName === null ? [] : [names.titleOf(filter.connectionName)]),
      ...(filter.identifier === null ? [] : [inOneLine(filter.identifier)]),
    ],
    everyUrl: adminPaths.activations(),
    acceptAllUrl: page.rows.length === 0 ? null : adminPaths.acceptActivations(parameters),
    nothing: t('adminConnections.activations.nothing'),
    newestUrl: page.isNewest ? null : adminPaths.activations(parameters),
    olderUrl: page.older === null ? null : adminPaths.activations({ ...parameters, before: page.older }),
  };
}

/** Asks before activations are accepted. @param isAny whether the filter finds any */
export function acceptPage(
  t: Translate,
  filter: ActivationFilter,
  isAny: boolean,
  names: ConnectionNames,
): ConfirmPage {
  const { connectionName, identifier } = filter;
  const all = t('adminConnections.activations.all');
  return {
    current: 'connections',
    heading: t('adminConnections.activations.acceptHeading'),
    facts: [
      { label: t('admin.actions.user'), values: [identifier === null ? all : inOneLine(identifier)] },
      {
        label: t('admin.actions.connection'),
        values: [connectionName === null ? all : names.titleOf(connectionName)],
      },
    ],
    sentences: isAny
      ? t.lines('adminConnections.activations.acceptSentences')
      : [t('adminConnections.activations.nothing')],
    form: isAny
      ? {
          postUrl: adminPaths.acceptActivations(parametersOf(filter)),
          label: t('adminConnections.activations.acceptButton'),
          danger: true,
        }
      : null,
    sample: null,
    back: { label: t('adminConnections.activations.back'), url: adminPaths.activations() },
  };
}
