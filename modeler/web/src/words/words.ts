import german from './de.json';

/** What else than English is spoken: English texts, as the sources and libraries have them, to those of the language. */
const LANGUAGES: Record<string, Record<string, string>> = { de: german };

let words = new Map<string, string>();
const untranslated = new Set<string>();

/** Names of types come in several spellings: "Message Start Event (Non Interrupting)", "Message start event (non-interrupting)". */
function folded(text: string): string { return text.toLowerCase().replace(/-/g, ' '); }

/** Speaks a language ("de-AT") from now on; English when it knows none. To be called before anything is shown. */
export function setLanguage(tag: string): void {
  const id = tag.split('-', 1)[0] ?? '';
  const known = LANGUAGES[id] ?? {};
  words = new Map([...Object.entries(known).map(([text, said]): [string, string] => [folded(text), said]), ...Object.entries(known)]);
  untranslated.clear();
  if (typeof document === 'undefined') return;
  document.documentElement.lang = id in LANGUAGES ? id : 'en';
}

/** The text in the language that is spoken, `{name}` replaced. A text that is not known is given back as it is. */
export function translate(text: string, replacements: Record<string, string | number> = {}): string {
  const said = words.get(text) ?? words.get(folded(text));
  if (said === undefined && words.size > 0) untranslated.add(text);
  return (said ?? text).replace(/{([^}]+)}/g, (whole, name: string) => String(replacements[name] ?? whole));
}

/** What translate() was asked for and did not know. For tests. */
export function unknownWords(): string[] { return [...untranslated]; }

/** Puts the page's own texts, in its HTML, into the language. */
export function translatePage(page: Document): void {
  for (const attribute of ['title', 'aria-label']) {
    for (const element of page.querySelectorAll(`[${attribute}]`)) element.setAttribute(attribute, translate(element.getAttribute(attribute) ?? ''));
  }
}

/** For bpmn-js, dmn-js and their panels: makes them speak the language. */
export const wordsModule = { translate: ['value', translate] };
