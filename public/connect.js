/**
 * Connect accounts in a window of its own, from the page of another app. Load it as a module from `/assets/connect.js`; its types
 * are in `connect.d.ts` beside it.
 *
 * Nothing that happens in the browser proves anything: what this module tells is "ask your backend now".
 */

/** Pages of one origin hear each other here, also where the window lost its opener on its way. */
const channelName = 'connect-accounts';

/** In pixels. */
const [width, height] = [480, 720];

/** Phones and the windows of other apps open no second window that its user finds back from. */
const isSmall = () => /Mobi|Android|iPhone|iPad/i.test(navigator.userAgent);

function openWindow() {
  if (isSmall()) return null;
  const left = Math.max(0, screenX + (outerWidth - width) / 2);
  const top = Math.max(0, screenY + (outerHeight - height) / 2);
  return open('', '_blank', `popup,width=${width},height=${height},left=${left},top=${top}`);
}

export async function connect(createSession) {
  // Within the click, as browsers open no window later.
  const opened = openWindow();
  let session;
  try {
    session = await createSession();
  } catch (error) {
    opened?.close();
    throw error;
  }
  if (opened === null) {
    location.assign(session.url);
    return new Promise(() => {});
  }
  const channel = new BroadcastChannel(channelName);
  const returned = new Promise((resolve) => {
    channel.onmessage = ({ data }) => {
      if (data?.id !== session.id || data.heard) return;
      channel.postMessage({ id: session.id, heard: true });
      channel.close();
      resolve();
    };
  });
  // The window loses its opener there, and is closed as far as this page can tell: only the channel tells when it is back.
  opened.location.replace(session.url);
  return returned;
}

export function finish() {
  const id = new URLSearchParams(location.search).get('unverified_session_id');
  if (id === null) return Promise.resolve(false);
  const channel = new BroadcastChannel(channelName);
  return new Promise((resolve) => {
    const end = (heard) => {
      clearTimeout(timer);
      channel.close();
      resolve(heard);
      if (heard) close();
    };
    const timer = setTimeout(end, 1000, false);
    channel.onmessage = ({ data }) => {
      if (data?.id === id && data.heard) end(true);
    };
    channel.postMessage({ id });
  });
}
