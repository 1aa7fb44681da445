/** What the users of other apps read on their way through an onboarding. `app` is the name of the other app. */
export const onboarding = {
  account: {
    label: 'Account',
    called: (app: string) => `${app} calls this account:`,
  },

  start: {
    heading: (app: string) => `Connect your accounts for ${app}`,
    lead: (app: string) =>
      `${app} sent you here to connect what is below, and gets you back afterwards. Everything is connected for this account:`,
    connections: 'What you are asked to connect',
    required: 'Required',
    optional: 'Optional',
    nothingYet: 'Nothing is connected before you approve it at each service.',
    notChecked: (identifier: string, app: string) =>
      `Nobody checks that this is you. What you connect here belongs to ${identifier} from then on, and ${app} may use it for that account. Go on only if this account is yours, and if you came here from ${app} yourself.`,
    keys: (titles: string) =>
      `For ${titles} you enter a key or a password, and nobody can check whose it is. Enter one only if the account above is yours.`,
    button: 'Start',
    ignore: 'If you did not come here by yourself, close this page. Nothing happens then.',
  },

  continuing: {
    heading: 'One moment',
    sentence: 'You come from the other app and go on here.',
    button: 'Continue',
  },

  confirm: {
    heading: (app: string) => `${app} has to say that it is you`,
    sentences: (app: string) => [
      `You can connect accounts as soon as ${app} has told us that you are the user below. You are there and back in a moment.`,
      `If ${app} just sent you back here, sign in there as this user, and try again.`,
    ],
    unavailable: (app: string) => [
      `${app} can’t tell us any more that you are the user below, since its settings here were changed. Nothing was connected.`,
      `Go back to ${app}, and start again from there.`,
    ],
    goTo: (app: string) => `Go to ${app}`,
  },

  signIn: {
    heading: 'Go on as this user',
    sentence: (app: string) =>
      `You are signed in as the user that ${app} sent here. Go on, and connect what it asks for.`,
    button: 'Continue',
    otherHeading: 'This is for another user',
    otherSentences: (app: string, own: string) => [
      `${app} made this for the user below, but you are signed in here as ${own}. So nothing was connected, and nothing was changed.`,
      'If the user below is you, sign in as that user. Otherwise close this page.',
    ],
  },

  steps: {
    heading: (app: string) => `Connect your accounts for ${app}`,
    next: (number: number, all: number, title: string) => `Step ${number} of ${all}: ${title}`,
    complete: (app: string) => `All that ${app} needs is connected.`,
    all: 'Everything is connected.',
    unread: 'We can’t reach the connection service right now, so we can’t tell what is connected.',
    number: (number: number, all: number) => `Step ${number} of ${all}`,
    states: {
      connected: 'Connected',
      already_connected: 'Connected before',
      skipped: 'Skipped',
      failed: 'Not connected',
      not_done: 'Not connected',
      unknown: 'Unknown',
    },
    key: 'You enter a key or a password of your own. Nobody can check whose it is.',
    notOffered: 'It can’t be connected right now because an administrator has turned it off.',
    skip: 'Skip',
    skipIt: (title: string) => `Skip ${title}`,
    finish: (app: string) => `Continue to ${app}`,
    leave: 'Leave without finishing',
    back: 'Back to the steps',
  },

  leave: {
    heading: (app: string) => `Go back to ${app} now?`,
    missing: (app: string, titles: string, count: number) =>
      `${titles} ${count === 1 ? 'is' : 'are'} not connected yet. ${app} is told so, and may not work for you until you connect ${count === 1 ? 'it' : 'them'}.`,
    sentences: (app: string) => [
      `What you have connected stays connected. To come back here later, start again from ${app}.`,
    ],
    button: (app: string) => `Go back to ${app}`,
    stay: 'Stay here',
  },

  ended: {
    complete: {
      heading: 'You are done here',
      sentence: (app: string) => `All that ${app} needs was connected.`,
    },
    incomplete: {
      heading: 'You left before everything was connected',
      sentence: (app: string) => `To connect what is missing, start again from ${app}.`,
    },
    cancelled: {
      heading: 'This has ended',
      sentence: (app: string) =>
        `${app} has stopped it. What you had connected stays connected. Go back to ${app} to see how things stand.`,
    },
    expired: {
      heading: 'This has run out',
      sentence: (app: string) =>
        `It can be finished within 24 hours. What you had connected stays connected. Start again from ${app}; what is done is found there.`,
    },
    goBack: (app: string) => `Back to ${app}`,
    startAgain: (app: string) => `Start again at ${app}`,
  },

  errors: {
    onboarding_link_over: {
      heading: 'This link no longer works',
      sentence:
        'It works once, and for a few minutes only. Go back to the app that you came from, and start again from there. Nothing was changed.',
    },
    onboarding_elsewhere: {
      heading: 'This is not open in this browser',
      sentence:
        'It was started in another browser, or something newer took its place in this one. Nothing was changed. Go on where you started, or go back to the app that you came from and start again.',
    },
    onboarding_not_continued: {
      heading: 'You can’t go on here',
      sentence:
        'This was started in another browser, or took too long, or was used already. So nothing was connected. If somebody sent you this address, close this page. Otherwise go back to the app that you came from and start again.',
    },
    onboarding_withdrawn: {
      heading: 'This can’t go on',
      sentence:
        'The app that sent you here may no longer do so. What you had connected stays connected. Ask whoever runs that app.',
    },
    onboarding_no_return: {
      heading: 'We can’t take you back',
      sentence:
        'What you did here is kept, but the address of the app that sent you is not accepted here any more. Go back to that app by yourself.',
    },
    onboarding_not_under_way: {
      heading: 'Nothing can be connected here now',
      sentence: 'This has not begun yet, or it has ended. Nothing was changed.',
    },
  },

  /** What is said otherwise where there is no list of accounts to go to. */
  failures: {
    wrong_user: {
      heading: () => 'Nothing was connected',
      sentence: () =>
        'This approval was started by someone else, so nothing was connected. If you started it, go back to the app that you came from and start again there.',
    },
    session_gone: {
      heading: () => 'Nothing was connected',
      sentence: () =>
        'What this approval belongs to has ended, or is open in another browser, so nothing was connected. If you started it, go back to the app that you came from and start again there.',
    },
    state_unknown: {
      heading: () => 'Nothing was connected',
      sentence: () =>
        'We don’t know this approval, or it was used already. Nothing was changed. See the steps for how things stand.',
    },
    finished_elsewhere: {
      heading: (title: string) => `${title} is connected`,
      sentence: (title: string) =>
        `You finished connecting ${title} elsewhere, so this page is no longer needed.`,
    },
    unverified_activation: {
      heading: (title: string) => `${title} needs a check`,
      sentence: (title: string) =>
        `${title} became active without the check that it was you who approved. Connect it again, and tell whoever runs the app that you came from.`,
    },
    scalekit_slow: {
      heading: () => 'The connection service is slow',
      sentence: () =>
        'The connection service took too long to answer. It may still carry this out, so look at the steps before you try again.',
    },
    scalekit_unexpected: {
      heading: () => 'The connection service had a problem',
      sentence: () =>
        'The connection service answered in a way that we did not expect. Look at the steps, then try again.',
    },
    connection_unknown: {
      heading: () => 'There is no such connection',
      sentence: () => 'This address names a connection that you are not asked for. Choose one of the steps.',
    },
    connection_not_offered: {
      heading: (title: string) => `${title} is not offered right now`,
      sentence: (title: string) =>
        `${title} can’t be connected because an administrator has turned it off. Go on with the other steps, or go back.`,
    },
    flow_unknown: {
      heading: () => 'There is nothing to wait for here',
      sentence: (title: string) =>
        `You have not started connecting ${title} here, or it was long ago. Start from the steps.`,
    },
  },
};
