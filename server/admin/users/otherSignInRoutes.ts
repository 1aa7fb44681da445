import { Router } from 'express';
import { z } from 'zod';
import { inOneLine } from '../../kernel/plainText.js';
import { adminPaths, adminRoutes } from '../../paths.js';
import type { KnownSubject } from '../../store/subjectStore.js';
import { relativeText } from '../../words/formats.js';
import type { Translate } from '../../words/words.js';
import { adminActions } from '../adminAction.js';
import type { AdminDeps } from '../adminDeps.js';
import type { ConfirmPage } from '../confirmPage.js';
import { backTo } from './userActionPages.js';
import { identifierParam } from './userActionRoutes.js';

/** A subject as the provider's own pages show it. */
const shown = ({ issuer, subject }: { readonly issuer: string; readonly subject: string }) => [
  inOneLine(subject),
  inOneLine(issuer),
];

/** Asks who the refused sign-in was, or says that none waits. */
function decisionPage(t: Translate, identifier: string, known: KnownSubject | null): ConfirmPage {
  const other = known?.other ?? null;
  const page = {
    current: 'users' as const,
    heading: t('adminUsers.otherSignIn.heading'),
    sample: null,
    back: backTo(t, identifier),
  };
  const user = { label: t('admin.actions.user'), values: [identifier] };
  if (known === null || other === null)
    return { ...page, facts: [user], sentences: [t('adminUsers.otherSignIn.none')], form: null };
  return {
    ...page,
    facts: [
      user,
      {
        label: t('adminUsers.otherSignIn.known', { time: relativeText(t, known.since) }),
        values: shown(known),
      },
      { label: t('adminUsers.otherSignIn.came', { time: relativeText(t, other.at) }), values: shown(other) },
    ],
    sentences: t.lines('adminUsers.otherSignIn.sentences'),
    form: {
      postUrl: adminPaths.otherSignIn(identifier),
      label: t('adminUsers.otherSignIn.button'),
      danger: true,
      hidden: { key: other.key },
      field: {
        kind: 'choice',
        name: 'decision',
        label: t('adminUsers.otherSignIn.label'),
        options: (['leave', 'accept'] as const).map((value) => ({
          value,
          label: t(`adminUsers.otherSignIn.decisions.${value}`),
        })),
      },
    },
  };
}

const decisionForm = z.object({ key: z.string().max(100), decision: z.enum(['accept', 'leave']) });

/** What an admin decides about a sign-in that came under a user's identifier and was somebody else's. */
export function otherSignInRoutes({
  subjects,
  sessionStore,
  events,
  audit,
  requireAdmin,
}: AdminDeps): Router {
  const router = Router();

  router.get(adminRoutes.otherSignIn, requireAdmin, async (request, response) => {
    const identifier = identifierParam(request);
    const known = await subjects.of(identifier);
    response.render('pages/admin/confirm', decisionPage(request.t, identifier, known));
  });

  const decide = adminActions(audit)(decisionForm, async ({ request, form, actor, info }) => {
    const { t } = request;
    const identifier = identifierParam(request);
    const accepts = form.decision === 'accept';
    const type = accepts ? 'user.other_sign_in_accepted' : 'user.other_sign_in_left';
    const decided = await audit.recording(async ({ within, record }) => {
      const store = subjects.within(within);
      const done = await (accepts
        ? store.accept(identifier, form.key, Date.now())
        : store.leave(identifier, form.key));
      if (done) record({ type, actor, identifier, ...info });
      return done;
    });
    if (!decided) {
      const sentence = t('adminUsers.otherSignIn.changed');
      return { to: adminPaths.otherSignIn(identifier), notice: { tone: 'attention', sentence } };
    }
    // Whoever is signed in was whom the identifier meant before.
    if (accepts) {
      await sessionStore.destroyAllOf(identifier);
      await events.publish({ kind: 'sessions', identifier });
    }
    const sentence = t(`adminUsers.otherSignIn.done.${form.decision}`);
    return { to: adminPaths.user(identifier), notice: { tone: 'active', sentence } };
  });
  router.post(adminRoutes.otherSignIn, requireAdmin, decide);

  return router;
}
