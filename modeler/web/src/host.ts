import { setLanguage, translatePage } from './words/words';

/** The connection of a page to C++: one object with a message to each side. */
interface Host { language: string; receive(message: string): void; send: { connect(listener: (message: string) => void): void } }
interface WebChannel { objects: { host: Host } }
declare const qt: { webChannelTransport: unknown };
declare const QWebChannel: new (transport: unknown, ready: (channel: WebChannel) => void) => unknown;

/** Connects, calls `start` with what sends to C++, hands every message from there to what it returns, and then says `hello`. */
export function connectHost<From, To>(hello: From, start: (send: (message: From) => void) => (message: To) => void): void {
  new QWebChannel(qt.webChannelTransport, (channel) => {
    const { host } = channel.objects;
    setLanguage(host.language);
    translatePage(document);
    const send = (message: From): void => { host.receive(JSON.stringify(message)); };
    const receive = start(send);
    host.send.connect((message) => { receive(JSON.parse(message) as To); });
    send(hello);
  });
}

/** Takes the colours of the workbench: `css` declares the custom properties `--ameide-<role>`. */
export function applyTheme(dark: boolean, css: string): void {
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  const style = document.getElementById('theme') ?? document.head.appendChild(Object.assign(document.createElement('style'), { id: 'theme' }));
  style.textContent = `:root { ${css} }`;
}
