// What the learner is doing: curves, versions, workers, steps with their groups.

import {el, fill, figures, Table} from '/console/dom.js';
import {get} from '/console/api.js';
import {ago, bytes, day, duration, number, percent, time} from '/console/format.js';
import {Chart} from '/console/chart.js';

/** Charts that are always there, with the metrics they show and what to look for. */
const CHARTS = [
  ['Reward', name => name === 'reward.mean' || name.startsWith('reward.component.'), 'Should grow. One component that grows alone is being gamed.'],
  ['Held-out accuracy', name => name === 'eval.greedy' || name.startsWith('eval.pass@') || name === 'eval.sampled', 'The only honest measure of progress.'],
  ['KL', name => name.startsWith('kl'), 'How far the policy is from the reference, and from the one that sampled.'],
  ['Entropy', name => name === 'entropy', 'Near 0: it no longer explores.'],
  ['Length in tokens', name => name === 'length.mean' || name === 'length.max', 'Growing while the reward falls is a warning.'],
  ['Staleness in versions', name => name === 'staleness.mean' || name === 'staleness.max', 'Bounded by the run\'s maxStaleness.'],
  ['Gradient norm', name => name === 'grad_norm', ''],
  ['Clipped share of tokens', name => name === 'clip_fraction', ''],
  ['Mean |l − b|', name => name === 'logprob_gap' || name === 'logprob_gap_all', 'Above 1e-4 for fresh tokens, sampler and learner disagree.'],
  ['Seconds of a step', name => name.startsWith('seconds'), 'Much waiting: the learner starves.'],
];

function merged(curves, names) {
  const steps = [...new Set(names.flatMap(name => curves[name].steps))].sort((a, b) => a - b);
  return [steps, ...names.map(name => {
    const values = new Map(curves[name].steps.map((step, i) => [step, curves[name].values[i]]));
    return steps.map(step => values.get(step) ?? null);
  })];
}

const KEPT = 2000;

/** Puts what a run has entered since behind what is known of it. */
function append(known, next) {
  for (const [name, curve] of Object.entries(next.curves)) {
    const all = known.curves[name] ?? (known.curves[name] = {steps: [], values: []});
    all.steps.push(...curve.steps);
    all.values.push(...curve.values);
    all.steps.splice(0, all.steps.length - KEPT);
    all.values.splice(0, all.values.length - KEPT);
  }
  known.steps.push(...next.steps);
  known.steps.splice(0, known.steps.length - KEPT);
  return {...next, steps: known.steps, curves: known.curves};
}

export function learningPage(main, query, {failed}) {
  const runs = el('select', {id: 'run', onchange: () => { location.hash = '#/learning?' + new URLSearchParams({run: runs.value}); }});
  const charts = el('div', {class: 'tiles'});
  const drawn = new Map();
  const detail = el('div', {tabindex: '-1'});
  const summary = el('p', {class: 'faint', role: 'status'}, 'reading the ledger …');
  const more = el('select', {id: 'metric', onchange: () => { if (data) draw(); }}, el('option', {value: ''}, 'choose …'));
  const own = el('div', {class: 'tiles'});
  const steps = new Table('Steps', [
    {title: 'Step', number: true, value: row => row.step, cell: row => el('button', {type: 'button', class: 'link', 'data-focus': `step ${row.step}`, onclick: () => open(row)}, String(row.step))},
    {title: 'Kind', value: row => row.kind, cell: row => row.kind.toLowerCase()},
    {title: 'Version', number: true, value: row => row.versionAfter, cell: row => row.versionAfter === row.versionBefore ? row.versionAfter : `${row.versionBefore} → ${row.versionAfter}`},
    {title: 'Groups', value: row => JSON.stringify(row.outcomes), cell: row => Object.entries(row.outcomes).map(([name, count]) => `${count} ${name.toLowerCase()}`).join(', ') || '–'},
    {title: 'Issued', number: true, value: row => row.issued, cell: row => row.issued},
    {title: 'Took', number: true, value: row => row.finishedAt - row.startedAt, cell: row => duration((row.finishedAt - row.startedAt) / 1000)},
    {title: 'Learner idle', number: true, value: row => row.idle ?? -1, cell: row => percent(row.idle)},
    {title: 'At', number: true, value: row => row.finishedAt, cell: row => time(row.finishedAt)},
  ], {sort: 0, empty: 'no run is in the ledger'});
  const versions = new Table('Versions published', [
    {title: 'Policy', value: row => row.policy, cell: row => row.policy},
    {title: 'Version', number: true, value: row => row.version, cell: row => row.version},
    {title: 'Run and step', value: row => row.run, cell: row => `${row.run}, step ${row.step}`},
    {title: 'Size', number: true, value: row => row.bytes, cell: row => bytes(row.bytes)},
    {title: 'sha256', value: row => row.sha256, cell: row => row.sha256.slice(0, 12)},
    {title: 'Published', number: true, value: row => row.publishedAt, cell: row => ago(row.publishedAt)},
  ], {sort: 1, empty: 'no version was published'});
  const workers = new Table('Workers that sampled in the last five minutes', [
    {title: 'Worker', value: row => row.name, cell: row => row.name},
    {title: 'Samples with', number: true, value: row => row.version, cell: row => row.version < row.newest ? el('span', {class: 'warn'}, `version ${row.version} of ${row.newest}`) : `version ${row.version}`},
    {title: 'Groups', number: true, value: row => row.groups, cell: row => row.groups},
    {title: 'Idle', number: true, value: row => row.idle, cell: row => percent(row.idle)},
    {title: 'Last group', number: true, value: row => row.lastAt, cell: row => ago(row.lastAt)},
  ], {sort: 0, descending: false, empty: 'no worker sampled anything lately'});
  main.append(el('h1', {}, 'Learning'),
    el('div', {class: 'row'}, el('label', {for: 'run'}, 'Run', runs)), summary, charts,
    el('div', {class: 'row'}, el('label', {for: 'metric'}, 'Another metric', more)), own, detail,
    el('h2', {}, 'Versions and workers'), workers.element, el('p'), versions.element,
    el('h2', {}, 'Steps'), steps.element);
  let data = null;

  function chart(place, title, names, note) {
    const key = title + names.join();
    let known = drawn.get(title);
    if (known && known.key !== key) {
      known.chart.element.remove();
      known.chart.close();
      known = null;
    }
    if (!known) {
      known = {key, chart: new Chart(title, names, {note, pick: step => { const row = data.steps.find(one => one.step === step); if (row) open(row); }})};
      drawn.set(title, known);
      place.append(known.chart.element);
    }
    known.chart.update(merged(data.curves, names));
  }

  function draw() {
    const all = Object.keys(data.curves);
    for (const [title, wanted, note] of CHARTS) {
      const names = all.filter(wanted);
      if (names.length > 0) chart(charts, title, names.slice(0, 7), note);
    }
    if (more.options.length !== all.length + 1) {
      const chosen = more.value;
      fill(more, el('option', {value: ''}, 'choose …'), all.map(name => el('option', {value: name}, name)));
      more.value = chosen;
    }
    if (more.value && !own.querySelector(`[aria-label="${CSS.escape(more.value)}"]`)) fill(own);
    if (more.value) chart(own, more.value, [more.value], '');
  }

  async function open(row) {
    try {
      const step = await get('/console/api/step', {partition: row.partition, offset: row.offset});
      const groups = new Table(`Groups of step ${step.step}`, [
        {title: 'Task', value: one => one.taskId, cell: one => one.offset >= 0
          ? el('a', {href: '#/sample?' + new URLSearchParams({partition: one.partition, offset: one.offset})}, one.taskId)
          : one.taskId},
        {title: 'Outcome', value: one => one.outcome, cell: one => one.outcome.toLowerCase() + (one.reason ? `: ${one.reason}` : '')},
        {title: 'Way', cell: one => el('a', {href: '#/documents?' + new URLSearchParams({task: one.taskId})}, 'follow')},
      ], {sort: 0, descending: false, empty: 'this step resolved no task'});
      groups.update(step.groups);
      fill(detail, el('h2', {}, `Step ${step.step} of ${step.run}`),
        el('div', {class: 'card'}, figures([['kind', step.kind.toLowerCase()], ['detail', step.detail ?? '–'], ['weights sha256', step.weightsSha256],
          ...Object.entries(step.metrics).map(([name, value]) => [name, number(value)])])),
        el('p'), groups.element);
      detail.focus();
      detail.scrollIntoView({block: 'start'});
    } catch (problem) {
      failed(problem, detail);
    }
  }

  let reading = false;
  async function refresh() {
    if (reading) return;
    reading = true;
    try {
      const next = await get('/console/api/learning', {run: query.run, known: data?.run, after: data?.steps.at(-1)?.step});
      if (!main.contains(charts)) return;
      data = next.more ? append(data, next) : next;
      if (runs.options.length !== data.runs.length) fill(runs, data.runs.map(run => el('option', {value: run}, run)));
      runs.value = data.run;
      const last = data.steps.at(-1);
      summary.textContent = last
        ? `Step ${last.step} (${last.kind.toLowerCase()}) at ${day(last.finishedAt)}, policy version ${last.versionAfter}${last.lineage ? `, lineage ${last.lineage}` : ''}.`
        : 'No run is in the ledger yet.';
      draw();
      steps.update(data.steps.slice(-300));
      versions.update(data.versions);
      workers.update(data.workers);
    } catch (problem) {
      if (!data) failed(problem);
    } finally {
      reading = false;
    }
  }

  refresh();
  const timer = setInterval(refresh, 2000);
  return {close() { clearInterval(timer); for (const {chart} of drawn.values()) chart.close(); }};
}
