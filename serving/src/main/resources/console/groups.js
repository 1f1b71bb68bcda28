// Every group in every topic, sortable; partitions on demand.

import {el, fill, Table} from '/console/dom.js';
import {get} from '/console/api.js';
import {duration, drain, rate, whole} from '/console/format.js';

const endless = value => value ?? Number.MAX_VALUE;

function status(row) {
  if (row.stuck) return el('span', {class: 'bad'}, `stuck for ${duration(row.waitingSeconds)}`);
  return row.retired ? 'retired' : row.state.toLowerCase();
}

export function groupsPage(main, query, {failed}) {
  const place = el('div');
  const filter = el('input', {type: 'search', id: 'filter', autocomplete: 'off', oninput: () => draw()});
  const groups = new Table('Groups, as far as each has read', [
    {title: 'Group', value: row => row.group, cell: row => el('button', {type: 'button', class: 'link', 'data-focus': `${row.group} ${row.topic}`, onclick: () => open(row)}, row.group)},
    {title: 'Kind', value: row => row.kind, cell: row => row.kind},
    {title: 'Topic', value: row => row.topic, cell: row => row.topic},
    {title: 'Lag', number: true, value: row => row.lag, cell: row => whole(row.lag)},
    {title: 'Behind', number: true, value: row => row.lagSeconds, cell: row => (row.atLeast ? '> ' : '') + duration(row.lagSeconds)},
    {title: 'In', number: true, value: row => row.producedPerSecond, cell: row => rate(row.producedPerSecond)},
    {title: 'Out', number: true, value: row => row.consumedPerSecond, cell: row => rate(row.consumedPerSecond)},
    {title: 'Drained in', number: true, value: row => row.lag === 0 ? 0 : endless(row.drainSeconds), cell: row => row.lag === 0 ? '–' : drain(row.drainSeconds, row.lag)},
    {title: 'State', value: row => (row.stuck ? '!' : '') + row.state, cell: status},
  ], {sort: 4, row: row => ({class: row.stuck ? 'stuck' : row.retired ? 'retired' : null}), empty: 'no group has read anything yet'});
  const topics = new Table('Topics', [
    {title: 'Topic', value: row => row.topic, cell: row => row.topic},
    {title: 'Partitions', number: true, value: row => row.partitions, cell: row => row.partitions},
    {title: 'Records', number: true, value: row => row.records, cell: row => whole(row.records)},
    {title: 'In', number: true, value: row => row.producedPerSecond, cell: row => rate(row.producedPerSecond)},
  ], {sort: 0, descending: false});
  main.append(el('h1', {}, 'Topics and groups'),
    el('div', {class: 'row'}, el('label', {for: 'filter'}, 'Only names with', filter)),
    groups.element, place, el('h2', {}, 'Topics'), topics.element);
  let newest = null;
  let opened = null;

  async function open(row) {
    opened = {group: row.group, topic: row.topic};
    place.tabIndex = -1;
    await refresh();
    place.querySelector('h2')?.focus();
  }

  async function refresh() {
    if (!opened) return;
    const {group, topic} = opened;
    try {
      const rows = await get('/console/api/partitions', {group, topic});
      if (!place.isConnected || opened?.group !== group || opened?.topic !== topic) return;
      const table = place.table ?? (place.table = partitionTable());
      if (place.shown !== group + topic) {
        place.shown = group + topic;
        fill(place, el('h2', {tabindex: '-1'}, `${group} in ${topic}`), table.element);
      }
      table.update(rows);
    } catch (problem) {
      opened = null;
      failed(problem, place);
    }
  }

  function draw() {
    if (!newest) return;
    const wanted = filter.value.trim().toLowerCase();
    const has = text => text.toLowerCase().includes(wanted);
    groups.update(newest.groups.filter(row => has(row.group) || has(row.topic)));
    topics.update(newest.topics.filter(row => has(row.topic)));
  }

  return {
    live(event) {
      if (!event.groups) return;
      newest = event.groups;
      draw();
      refresh();
    },
  };
}

function partitionTable() {
  return new Table('Partitions', [
    {title: 'Partition', number: true, value: row => row.partition, cell: row => row.partition},
    {title: 'Reads at', number: true, value: row => row.position, cell: row => whole(row.position)},
    {title: 'Ends at', number: true, value: row => row.end, cell: row => whole(row.end)},
    {title: 'Lag', number: true, value: row => row.lag, cell: row => whole(row.lag)},
    {title: 'Behind', number: true, value: row => row.lagSeconds, cell: row => duration(row.lagSeconds)},
    {title: 'In', number: true, value: row => row.producedPerSecond, cell: row => rate(row.producedPerSecond)},
    {title: 'Out', number: true, value: row => row.consumedPerSecond, cell: row => rate(row.consumedPerSecond)},
    {title: 'Has not moved for', number: true, value: row => row.waitingSeconds, cell: row => row.lag === 0 ? '–' : duration(row.waitingSeconds)},
  ], {sort: 0, descending: false});
}
