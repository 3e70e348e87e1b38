const SMALLEST = 200;
const LARGEST = 640;

/** Lets people set the width of the properties panel, by mouse and by keyboard. */
export function watchSplitter(): void {
  const splitter = document.getElementById('splitter') as HTMLElement;
  const set = (width: number): void => {
    const bounded = Math.round(Math.max(SMALLEST, Math.min(LARGEST, width, window.innerWidth - 200)));
    document.documentElement.style.setProperty('--properties-width', `${bounded}px`);
    splitter.setAttribute('aria-valuenow', String(bounded));
  };
  const width = (): number => (document.getElementById('properties') as HTMLElement).offsetWidth;
  splitter.addEventListener('pointerdown', (event) => {
    splitter.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent): void => { set(window.innerWidth - moved.clientX); };
    splitter.addEventListener('pointermove', move);
    splitter.addEventListener('pointerup', () => { splitter.removeEventListener('pointermove', move); }, { once: true });
  });
  splitter.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') set(width() + 16);
    else if (event.key === 'ArrowRight') set(width() - 16);
  });
}
