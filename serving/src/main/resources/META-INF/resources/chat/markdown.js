// Text of models and documents as elements. Nothing in it is executed or loaded: HTML in Markdown is
// shown as text, what is left is sanitised, and images are not fetched.

const OPEN = '\uE000';
const CLOSE = '\uE001';
const MARK = /\uE000(\d+)\uE001/;

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => text.replace(/[&<>"']/g, (c) => escapes[c]);

marked.use({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ text, href }) => `<span class="image">[image: ${escape(text || href)}]</span>`,
  },
});

const ALLOWED = {
  ALLOWED_TAGS: [
    'a', 'blockquote', 'br', 'code', 'del', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'li',
    'ol', 'p', 'pre', 'span', 'strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
  ],
  ALLOWED_ATTR: ['href', 'start', 'align', 'class'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/**
 * Elements for a text.
 *
 * @param citations with `from` and `to` in the text, and `number`
 * @param plain true: as it is, line by line; false: Markdown
 * @param onCite called with a citation when its chip is pressed
 */
export function render(text, citations, plain, onCite) {
  const placed = withMarks(text, citations);
  const fragment = plain ? lines(placed) : fromMarkdown(placed);
  chips(fragment, citations, onCite);
  return fragment;
}

/** Puts a character that no text has in the place of each marker, so that Markdown lets it be. */
function withMarks(text, citations) {
  let out = '';
  let at = 0;
  citations
    .map((citation, index) => ({ ...citation, index }))
    .sort((a, b) => a.from - b.from)
    .forEach(({ from, to, index }) => {
      if (from >= at && to <= text.length) {
        out += clean(text.slice(at, from)) + OPEN + index + CLOSE;
        at = to;
      }
    });
  return out + clean(text.slice(at));
}

function clean(text) {
  return text.replace(/[\uE000\uE001]/g, '');
}

function lines(text) {
  const fragment = document.createDocumentFragment();
  const block = document.createElement('div');
  block.className = 'quotes';
  block.textContent = text;
  fragment.append(block);
  return fragment;
}

function fromMarkdown(text) {
  const fragment = DOMPurify.sanitize(marked.parse(text), ALLOWED);
  for (const link of fragment.querySelectorAll('a')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  for (const table of fragment.querySelectorAll('table')) {
    const scroll = document.createElement('div');
    scroll.className = 'scroll';
    scroll.tabIndex = 0;
    scroll.role = 'region';
    scroll.ariaLabel = 'Table';
    table.replaceWith(scroll);
    scroll.append(table);
  }
  for (const block of fragment.querySelectorAll('pre')) {
    block.tabIndex = 0;
  }
  return fragment;
}

function chips(fragment, citations, onCite) {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    texts.push(walker.currentNode);
  }
  for (const node of texts) {
    const parts = node.data.split(MARK);
    if (parts.length < 2) {
      continue;
    }
    node.replaceWith(
      ...parts.map((part, i) => {
        const citation = i % 2 ? citations[Number(part)] : null;
        return citation ? chip(citation, onCite) : i % 2 ? '' : part;
      }),
    );
  }
}

function chip(citation, onCite) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'chip';
  button.textContent = citation.number;
  button.title = citation.title;
  button.ariaLabel = `Source ${citation.number}: ${citation.title}`;
  button.addEventListener('click', () => onCite(citation));
  return button;
}
