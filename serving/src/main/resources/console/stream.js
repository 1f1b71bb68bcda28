// The whole stream in one glance.

import {el, fill, figures} from '/console/dom.js';
import {post} from '/console/api.js';
import {day, duration, drain, rate, whole} from '/console/format.js';
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

/** How a stage does, as a word, and the class that colours it. */
function standing(stage) {
  if (stage.paused) return ['paused', 'paused', 'warn'];
  if (stage.stuck) return ['stuck', 'stuck', 'bad'];
  if (stage.note.includes('never started') && stage.lag === 0) return ['not started', 'absent', 'faint'];
  if (stage.lag === 0) return ['caught up', '', 'good'];
  return [`${stage.atLeast ? 'over ' : ''}${duration(stage.lagSeconds)} behind`, stage.lagSeconds > 10 ? 'behind' : '', ''];
}

/** One stage. Its elements stay, so that a button is still there when the mouse comes up again. */
class Card {
  constructor(name, tools) {
    this.name = name;
    this.tools = tools;
    this.word = el('p', {class: 'big', 'data-stage': name});
    this.figures = el('div');
    this.note = el('p', {class: 'faint'});
    this.button = el('button', {type: 'button', class: 'small', onclick: () => this.change()});
    this.result = el('div');
    this.element = el('article', {class: 'card stage', 'aria-label': `stage ${name}`},
      el('h3', {}, name), this.word, this.figures, this.note, tools.operator && this.button, this.result);
  }

  update(stage) {
    this.stage = stage;
    const [word, kind, colour] = standing(stage);
    this.element.className = `card stage ${kind}`;
    this.word.className = `big ${colour}`;
    this.word.textContent = word;
    fill(this.figures, figures([
      ['rate', rate(stage.perSecond)],
      ['lag', `${whole(stage.lag)} records`],
      stage.paused && stage.lag > 0 && ['oldest waits for', `${stage.atLeast ? 'over ' : ''}${duration(stage.lagSeconds)}`],
      ['drained in', stage.paused && stage.lag > 0 ? 'paused' : drain(stage.drainSeconds, stage.lag)],
      ['latency', stage.latency.count ? `${duration(stage.latency.middle)} (95 %: ${duration(stage.latency.high)})` : '–'],
      ['dead letters, 1 h', String(stage.errors), stage.errors > 0 ? 'bad' : ''],
    ]));
    this.note.textContent = stage.paused
      ? `by ${stage.paused.by}, ${day(stage.paused.since)}${stage.paused.reason ? `: ${stage.paused.reason}` : ''}`
      : kind === 'absent' ? '' : stage.note;
    this.note.hidden = this.note.textContent === '';
    this.button.textContent = stage.paused ? 'Let it go on …' : 'Pause …';
    this.button.setAttribute('aria-label', `${stage.paused ? 'Let go on' : 'Pause'} ${this.name}`);
  }

  async change() {
    const pause = !this.stage.paused;
    const reason = el('input', {type: 'text', id: 'reason', autocomplete: 'off', onkeydown: event => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      document.getElementById('confirm-yes').click();
    }});
    const sure = await this.tools.ask(pause ? `Pause ${this.name}?` : `Let ${this.name} go on?`, [
      el('p', {}, pause
        ? 'Every process of it finishes what it has in hand and takes nothing new, also after a restart, until somebody lets it go on. What comes in waits in the log. That you did this is recorded.'
        : 'Every process of it goes on with what waits in the log. That you did this is recorded.'),
      pause && el('label', {for: 'reason'}, 'What for (others will read it)', reason)], pause ? 'Pause' : 'Go on');
    if (!sure) return;
    fill(this.result);
    try {
      await post(`/console/api/stages/${pause ? 'pause' : 'resume'}`, {stage: this.name, reason: reason.value, confirm: true});
    } catch (problem) {
      this.tools.failed(problem, this.result);
    }
  }
}

function flow(prefix, first, stages, cards) {
  const short = topic => topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
  return el('ol', {class: 'flow'},
    el('li', {class: 'topic', title: first}, short(first)),
    stages.map(stage => [el('li', {}, cards.get(stage.name).element), el('li', {class: 'topic', title: stage.writes}, short(stage.writes))]));
}

export function streamPage(main, query, tools) {
  const documents = el('div');
  const learning = el('div');
  const summary = el('p', {class: 'faint'}, 'waiting for the first look at the stream');
  const cards = new Map();
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
      if (cards.size === 0) {
        for (const stage of stages) cards.set(stage.name, new Card(stage.name, tools));
        fill(documents, flow(stream.prefix, stream.documents[0].reads, stream.documents, cards));
        fill(learning, flow(stream.prefix, stream.learning[0].reads, stream.learning, cards));
      }
      for (const stage of stages) cards.get(stage.name).update(stage);
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
