// Curves, drawn by uPlot in the page's own colours. Every chart says its newest value in words too.

import uPlot from '/console/lib/uplot.js';
import {el} from '/console/dom.js';
import {number, time} from '/console/format.js';

const COLOURS = ['#0b7a99', '#c2571a', '#5d4fb3', '#2c8a4b', '#b0327e', '#7a6a00', '#446688'];
const DARK = ['#6cc5dd', '#f2a26b', '#b3a6ff', '#83d69c', '#f08cc4', '#d9c95a', '#9db8d2'];
const dark = matchMedia('(prefers-color-scheme: dark)');
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]; // between ticks
const round = tick => String(Number(tick.toPrecision(6))); // 0.2, not 0.2000
const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * A chart in a card. Options: series names, whether x is a time, what to do with a click on a point,
 * how to write a value.
 */
export class Chart {
  constructor(title, series, {time: clock = false, pick = null, format = number, note = ''} = {}) {
    this.series = series;
    this.format = format;
    this.time = clock;
    this.pick = pick;
    this.said = el('p', {class: 'faint'});
    this.place = el('div', {class: 'chart', 'aria-hidden': 'true'});
    this.element = el('section', {class: 'card', 'aria-label': title}, el('h3', {}, title), note && el('p', {class: 'faint'}, note), this.said, this.place);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.place);
    this.recolour = () => { this.plot?.destroy(); this.plot = null; if (this.data) this.update(this.data); };
    dark.addEventListener('change', this.recolour);
  }

  options() {
    const colours = dark.matches ? DARK : COLOURS;
    const axis = {stroke: style('--faint'), grid: {stroke: style('--grid'), width: 1}, ticks: {stroke: style('--grid'), width: 1}};
    const clock = {space: 70, incrs: SECONDS, values: (plot, ticks) => ticks.map(tick => time(tick * 1000))};
    return {
      width: Math.max(200, this.place.clientWidth),
      height: 190,
      scales: {x: {time: this.time}},
      cursor: {drag: {x: true, y: false}, points: {size: 7}},
      legend: {live: true},
      axes: [this.time ? {...axis, ...clock} : axis, {...axis, size: 60, values: (plot, ticks) => ticks.map(tick => this.format === number ? round(tick) : this.format(tick))}],
      series: [this.time ? {label: 'at', value: (plot, at) => at === null ? '–' : time(at * 1000)} : {label: 'step'}, ...this.series.map((label, i) => ({
        label, stroke: colours[i % colours.length], width: 2, spanGaps: true, points: {show: undefined},
        value: (plot, value) => value === null || value === undefined ? '–' : this.format(value),
      }))],
    };
  }

  /** Data: x values, then one list for each series. */
  update(data) {
    this.data = data;
    const newest = data.slice(1).map((values, i) => {
      const last = values.findLast(value => value !== null && value !== undefined);
      return last === undefined ? null : `${this.series.length > 1 ? this.series[i] + ' ' : ''}${this.format(last)}`;
    }).filter(Boolean);
    this.said.textContent = newest.length ? `now ${newest.slice(0, 7).join(', ')}` : 'nothing yet';
    if (!this.place.isConnected || this.place.clientWidth === 0) {
      requestAnimationFrame(() => { if (this.place.isConnected && !this.plot && this.place.clientWidth > 0) this.update(this.data); });
      return;
    }
    if (this.plot) {
      this.plot.setData(data);
    } else {
      this.plot = new uPlot(this.options(), data, this.place);
      if (this.pick) {
        this.plot.over.addEventListener('click', () => {
          const i = this.plot.cursor.idx;
          if (i !== null && i !== undefined) this.pick(this.data[0][i]);
        });
      }
    }
  }

  resize() {
    if (this.plot && this.place.clientWidth > 0) this.plot.setSize({width: this.place.clientWidth, height: 190});
  }

  close() {
    this.observer.disconnect();
    dark.removeEventListener('change', this.recolour);
    this.plot?.destroy();
  }
}
