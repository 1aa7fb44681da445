// Loaded into a server whose work is measured: tells the bench what it has taken of the processors so far.
process.on('message', () => process.send?.(process.cpuUsage()));
// A server does not live on for the bench's sake.
process.channel?.unref();
