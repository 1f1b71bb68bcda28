// The whole stream in one glance.

import {el, fill, figures} from '/console/dom.js';
import {duration, drain, rate, whole} from '/console/format.js';
import {Chart} from '/console/chart.js';

const KEPT = 600;
/** Lag of every stage since the console was opened; survives a change of page. */
const history = {at: [], names: [], seconds: [], rates: []};

function remember(stages, at) {
  if (history.at.at(-1) >= at / 1000) return;
  if (history.names.length === 0) {
    history.names = stages.map(stage => stage.name);
    history.seconds = stages.map(() => []);
    history.rates = stages.map(() => []);
  }
  history.at.push(at / 1000);
  stages.forEach((stage, i) => {
    history.seconds[i].push(stage.lagSeconds);
    history.rates[i].push(stage.perSecond);
  });
  if (history.at.length > KEPT) {
    for (const list of [history.at, ...history.seconds, ...history.rates]) list.shift();
  }
}

function card(stage) {
  const idle = stage.note.includes('never started') && stage.lag === 0;
  const kind = stage.stuck ? 'stuck' : idle ? 'absent' : stage.lagSeconds > 10 ? 'behind' : '';
  const word = stage.stuck ? 'stuck' : idle ? 'not started' : stage.lag === 0 ? 'caught up' : `${stage.atLeast ? 'over ' : ''}${duration(stage.lagSeconds)} behind`;
  return el('article', {class: `card stage ${kind}`, 'aria-label': `stage ${stage.name}`},
    el('h3', {}, stage.name),
    el('p', {class: `big ${stage.stuck ? 'bad' : idle ? 'faint' : stage.lag === 0 ? 'good' : ''}`, 'data-stage': stage.name}, word),
    figures([
      ['rate', rate(stage.perSecond)],
      ['lag', `${whole(stage.lag)} records`],
      ['drained in', drain(stage.drainSeconds, stage.lag)],
      ['latency', stage.latency.count ? `${duration(stage.latency.middle)} (95 %: ${duration(stage.latency.high)})` : '–'],
      ['dead letters, 1 h', String(stage.errors), stage.errors > 0 ? 'bad' : ''],
    ]),
    stage.note && !idle && el('p', {class: 'faint'}, stage.note));
}

function flow(prefix, first, stages) {
  const short = topic => topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
  return el('ol', {class: 'flow'},
    el('li', {class: 'topic', title: first}, short(first)),
    stages.map((stage, i) => [el('li', {}, card(stage)), el('li', {class: 'topic', title: stage.writes}, short(stage.writes))]));
}

export function streamPage(main) {
  const documents = el('div');
  const learning = el('div');
  const summary = el('p', {class: 'faint'}, 'waiting for the first look at the stream');
  let lag = null;
  let rates = null;
  const charts = el('div', {class: 'tiles'});
  main.append(el('h1', {}, 'The stream'), summary,
    el('h2', {}, 'Documents'), documents, el('h2', {}, 'Learning'), learning,
    el('h2', {}, 'Since this page was opened'), charts);
  return {
    live({stream}) {
      const stages = [...stream.documents, ...stream.learning];
      remember(stages, stream.at);
      summary.textContent = `${rate(stream.documentsPerSecond)} documents in` +
        (stream.freshness.count ? `, searchable after ${duration(stream.freshness.middle)} (95 %: ${duration(stream.freshness.high)})` : '') +
        `, ${rate(stream.tokensPerSecond)} tokens sampled`;
      fill(documents, flow(stream.prefix, stream.documents[0].reads, stream.documents));
      fill(learning, flow(stream.prefix, stream.learning[0].reads, stream.learning));
      if (!lag) {
        lag = new Chart('Lag in seconds', history.names, {time: true, format: duration});
        rates = new Chart('Records worked off', history.names, {time: true, format: rate});
        charts.append(lag.element, rates.element);
      }
      lag.update([history.at, ...history.seconds]);
      rates.update([history.at, ...history.rates]);
    },
    close() {
      lag?.close();
      rates?.close();
    },
  };
}
