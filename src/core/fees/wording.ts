/** Numbers as a trail sentence shows them: short, and the same on every machine. */

export const percent = (fraction: number): string => `${Number((fraction * 100).toFixed(1))} %`;
export const factor = (times: number): string => `×${Number(times.toFixed(3))}`;
export const plain = (value: number, digits = 2): string => `${Number(value.toFixed(digits))}`;
/** Small rates keep two significant digits: 0.027 sales a day. */
export const rate = (value: number): string => `${Number(value.toPrecision(2))}`;
