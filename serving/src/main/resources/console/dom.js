// Everything that is shown becomes text nodes and attributes here; nothing is ever parsed as HTML.

const PLAIN = new Set(['class', 'id', 'href', 'type', 'scope', 'colspan', 'for', 'name', 'value', 'placeholder', 'role', 'tabindex', 'title', 'datetime', 'autocomplete', 'lang', 'disabled', 'checked']);

/** An element. Attributes that begin with "on" are listeners; children are elements or text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (PLAIN.has(name) || name.startsWith('aria-') || name.startsWith('data-')) element.setAttribute(name, value === true ? '' : String(value));
    else throw new Error(`attribute ${name} is not allowed`);
  }
  element.append(...children.flat(4).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts children in the place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(4).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Figures with names, as a definition list. */
export function figures(pairs) {
  return el('dl', {class: 'figures'}, pairs.filter(Boolean).map(([name, value, kind]) => [el('dt', {}, name), el('dd', {class: kind}, value)]));
}

/**
 * A table that sorts by a click on a column's head. Columns: {title, cell(row), value(row), number}.
 * Redrawn with update(rows), it keeps its order, and the focus stays where it was.
 */
export class Table {
  constructor(caption, columns, {sort = null, descending = true, row = () => ({}), empty = 'nothing here'} = {}) {
    Object.assign(this, {columns, sort, descending, rowAttributes: row, empty, rows: []});
    this.body = el('tbody');
    this.heads = columns.map((column, i) => el('th', {scope: 'col', class: column.number && 'n'},
      column.value ? el('button', {type: 'button', onclick: () => this.order(i)}, column.title) : column.title));
    this.element = el('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
      el('table', {}, el('caption', {}, caption), el('thead', {}, el('tr', {}, this.heads)), this.body));
    this.mark();
  }

  order(column) {
    this.descending = this.sort === column ? !this.descending : Boolean(this.columns[column].number);
    this.sort = column;
    this.mark();
    this.update(this.rows);
  }

  mark() {
    this.heads.forEach((head, i) => {
      if (!this.columns[i].value) return;
      head.setAttribute('aria-sort', i !== this.sort ? 'none' : this.descending ? 'descending' : 'ascending');
    });
  }

  update(rows) {
    this.rows = rows;
    let sorted = rows;
    if (this.sort !== null) {
      const value = this.columns[this.sort].value;
      const sign = this.descending ? -1 : 1;
      sorted = [...rows].sort((a, b) => {
        const x = value(a), y = value(b);
        return sign * (typeof x === 'number' ? x - y : String(x).localeCompare(String(y)));
      });
    }
    const focused = document.activeElement?.closest?.('[data-focus]')?.getAttribute('data-focus');
    fill(this.body, sorted.length === 0
      ? el('tr', {}, el('td', {colspan: this.columns.length, class: 'faint'}, this.empty))
      : sorted.map(row => el('tr', this.rowAttributes(row),
        this.columns.map((column, i) => el(i === 0 && !column.plain ? 'th' : 'td', {scope: i === 0 && !column.plain && 'row', class: column.number && 'n'}, column.cell(row))))));
    if (focused) this.body.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }
}
