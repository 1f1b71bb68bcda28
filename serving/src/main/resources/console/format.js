// Figures for people.

const FIGURE = new Intl.NumberFormat('en', {maximumFractionDigits: 1});
const WHOLE = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const TIME = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const DAY = new Intl.DateTimeFormat('en-GB', {year: 'numeric', month: 'short', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit'});

export const whole = value => WHOLE.format(value ?? 0);

export function rate(value) {
  if (!value) return '0/s';
  return (value >= 100 ? WHOLE.format(value) : FIGURE.format(value)) + '/s';
}

/** 0.25 s, 12 s, 3 min 10 s, 2 h 05 min. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds === 0) return '0 s';
  if (seconds < 0.001) return '<1 ms';
  if (seconds < 1) return WHOLE.format(seconds * 1000) + ' ms';
  if (seconds < 60) return FIGURE.format(seconds) + ' s';
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  if (whole < 172800) return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole % 3600 / 60)).padStart(2, '0')} min`;
  return `${FIGURE.format(whole / 86400)} days`;
}

/** Null: it does not shrink. */
export const drain = (seconds, lag) => lag === 0 ? 'nothing to drain' : seconds === null ? 'never at this rate' : duration(seconds);

export function bytes(count) {
  if (count < 0) return 'none';
  if (count < 1024) return `${count} bytes`;
  return count < 1048576 ? FIGURE.format(count / 1024) + ' KiB' : FIGURE.format(count / 1048576) + ' MiB';
}

export const time = at => TIME.format(new Date(at));
export const day = at => DAY.format(new Date(at));
export const ago = at => duration(Math.max(0, Math.round((Date.now() - at) / 1000))) + ' ago';
export const percent = share => share === null || share === undefined ? '–' : WHOLE.format(share * 100) + ' %';

export function number(value) {
  if (value === null || value === undefined) return '–';
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e6) ? value.toExponential(2) : value.toFixed(size < 1 ? 4 : 3);
}
