/** lightningd's levels. unusual and broken reach the operator's alerts: money events only (SPEC 7.6). */
export type LogLevel = 'trace' | 'debug' | 'info' | 'unusual' | 'broken';
export type Logger = (level: LogLevel, message: string) => void;
