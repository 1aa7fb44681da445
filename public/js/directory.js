/** Follows a full reading of the directory while it goes on, and shows the page anew when it is over. */
const everyMs = 2_000;
const lastRetryMs = 30_000;

const sync = document.querySelector('[data-sync-url]');
const words = sync?.querySelector('[data-progress]');
/** A translator may have changed what the page says. */
let said = words?.textContent;

function show({ accounts, total, sentence }) {
  const bar = sync.querySelector('progress');
  if (total) {
    bar.max = total;
    bar.value = Math.min(accounts, total);
  }
  if (sentence !== said) words.textContent = sentence;
  said = sentence;
}

/** @returns whether the reading goes on */
async function look() {
  const response = await fetch(sync.dataset.syncUrl, {
    headers: { accept: 'application/json' },
    cache: 'no-store',
    redirect: 'manual',
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const progress = await response.json();
  if (progress.running) show(progress);
  return progress.running;
}

/** Away from the page nobody looks, so that nothing is asked. */
const seen = () =>
  document.hidden
    ? new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
    : null;

async function follow() {
  let pauseMs = everyMs;
  while (true) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await seen();
    try {
      if (!(await look())) break;
      pauseMs = everyMs;
    } catch {
      pauseMs = Math.min(lastRetryMs, pauseMs * 2);
    }
  }
  location.reload();
}

if (sync) follow();
