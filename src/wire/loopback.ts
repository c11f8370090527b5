const LOOPBACK = /^(localhost|\[?::1\]?|(::ffff:)?127(\.\d{1,3}){3})$/i;

/** Whether a host's name or address, as a URL, a file or a socket gives it, is this machine itself. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);
