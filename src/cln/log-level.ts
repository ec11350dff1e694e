/** How loud a line is, in lightningd's words. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'unusual' | 'broken';

/** Says a line to the node's log; never throws, never waits. */
export type Say = (level: LogLevel, text: string) => void;

/**
 * What goes over the wire. A level lightningd does not know gets the plugin killed, so only the five
 * documented words are sent: it reads `warn` as unusual and `error` as broken.
 */
const ON_THE_WIRE: Readonly<Record<LogLevel, string>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  unusual: 'warn',
  broken: 'error',
};

export const wireLevel = (level: LogLevel): string => ON_THE_WIRE[level];
