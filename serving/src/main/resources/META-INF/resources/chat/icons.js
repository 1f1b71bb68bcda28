// Line drawings for buttons.

const PATHS = {
  copy: 'M9 9h10v10H9zM5 15V5h10',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  retry: 'M20 11a8 8 0 1 0-2.3 6.2M20 5v6h-6',
  up: 'M7 11v9H4v-9zM7 11l4-8a2.2 2.2 0 0 1 2.2 2.4L12.8 9H19a1.8 1.8 0 0 1 1.8 2.1l-1.3 7A2.3 2.3 0 0 1 17.2 20H7',
  down: 'M17 13V4h3v9zM17 13l-4 8a2.2 2.2 0 0 1-2.2-2.4l.4-3.6H5a1.8 1.8 0 0 1-1.8-2.1l1.3-7A2.3 2.3 0 0 1 6.8 4H17',
  remove: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
};

const SVG = 'http://www.w3.org/2000/svg';

/** A button with a drawing; `label` is what it is called. */
export function iconButton(name, label, onClick) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'icon';
  button.ariaLabel = label;
  button.title = label;
  draw(button, name);
  button.addEventListener('click', onClick);
  return button;
}

/** Changes the drawing. */
export function draw(button, name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  button.replaceChildren(svg);
}
