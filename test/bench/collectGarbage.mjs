// Loaded into a server whose memory is measured: on this signal, which the app has no use for, it drops what it does
// not need any more.
process.on('SIGWINCH', () => globalThis.gc());
