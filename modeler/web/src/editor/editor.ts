import Modeler from 'bpmn-js/lib/Modeler';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import camundaCloudBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import minimap from 'diagram-js-minimap';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

import type { BadgesMessage, CommandMessage, FromEditor, OpenMessage, PictureMessage, ToEditor, TravelMessage } from '../bridge/messages';
import type { ModdleElement } from '../bridge/moddle';
import { readTied } from '../bridge/reader';
import { listsNoFlows, Tracker } from '../bridge/tracker';
import { applyTheme } from '../host';
import ameide from './ameide.json';
import { Clip } from './clip';
import { differences } from './compare';
import { diInPlace } from './di_in_place';
import { domainCallProperties } from './domain_call';
import { Drawing, whenIdle } from './drawing';
import { Heat } from './heat';
import { innardsInPlace } from './innards';
import { labelOf } from './labels';
import { makeLean } from './lean';
import { drawPicture, takePicture } from './picture';
import { layOut, registerLayout } from './layout';
import { Problems } from './problems';
import { collectTouched } from './touched';
import { Travel } from './travel';
import type { DiagramElement, Viewer } from './viewer';
import { focusDiagram, Viewport } from './viewport';
import { translate, wordsModule } from '../words/words';

type Send = (message: FromEditor) => void;

const COLORS = { defaultFillColor: 'var(--ameide-shape-fill)', defaultStrokeColor: 'var(--ameide-shape-stroke)', defaultLabelColor: 'var(--ameide-shape-stroke)' };

/** One document in bpmn-js: shows what C++ sends, tells C++ what changes. */
export class Editor {
  private viewer: Viewer | undefined;
  private readOnly = false;
  private broken = false;
  private keys: WeakMap<ModdleElement, string> = new WeakMap();
  private tracker: Tracker | undefined;
  private touched = new Set<ModdleElement>();
  private running = false;
  private base = 0;
  private seq = 0;
  private markers = new Map<string, string>();
  private badges: BadgesMessage['badges'] = [];
  private queue: Promise<void> = Promise.resolve();
  private readonly viewport = new Viewport();
  private readonly drawing = new Drawing();
  private readonly problems: Problems;
  private readonly clip: Clip;
  private readonly heat = new Heat();
  private readonly travel = new Travel();
  /** Fulfilled when everything in a viewer that was just made listens to the selection. */
  private settled: Promise<void> = Promise.resolve();

  constructor(private readonly send: Send) {
    this.problems = new Problems(send);
    this.clip = new Clip(send);
    const canvas = document.getElementById('canvas') as HTMLElement;
    canvas.addEventListener('focusout', (event) => { this.leaveSearch(event); });
  }

  /** Messages are handled one after the other: opening takes time. */
  receive(message: ToEditor): void {
    // Who does the next thing does not wait for the tokens of the last one.
    if (message.type === 'travel' || message.type === 'open') this.travel.hurry();
    this.queue = this.queue.then(() => this.handle(message)).catch((error: unknown) => {
      this.send({ type: 'failed', base: this.base, message: error instanceof Error ? error.message : String(error) });
    });
  }

  private async handle(message: ToEditor): Promise<void> {
    switch (message.type) {
      case 'open': return this.open(message);
      case 'select': return this.select(message.id);
      case 'badges': this.badges = message.badges; return this.showBadges();
      case 'heat': return this.heat.take(this.viewer, message.cells);
      case 'travel': return this.showTravel(message);
      case 'problems': return this.problems.take(message);
      case 'theme': return applyTheme(message.dark, message.css);
      case 'properties': document.body.classList.toggle('no-properties', !message.visible); return;
      case 'command': return this.command(message);
      case 'picture': return this.picture(message);
      case 'clipboard': return this.clip.take(message.clip);
      case 'compare': return this.compare(message.xml);
    }
  }

  private create(readOnly: boolean): Viewer {
    const common = { container: '#canvas', canvas: { autoFocus: true }, bpmnRenderer: COLORS, textRenderer: {}, moddleExtensions: { zeebe, ameide } };
    const properties = document.getElementById('properties') as HTMLElement;
    document.body.classList.toggle('read-only', readOnly);
    properties.replaceChildren();
    const viewer = readOnly
      ? new NavigatedViewer({ ...common, additionalModules: [minimap, wordsModule] })
      : new Modeler({
          ...common,
          propertiesPanel: { parent: '#properties' },
          additionalModules: [
            minimap, camundaCloudBehaviors, BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule,
            domainCallProperties, diInPlace, innardsInPlace, wordsModule,
          ],
        });
    // Same parse as bpmn-js's own, but every object knows its element.
    const moddle = viewer.get('moddle') as { fromXML: unknown };
    moddle.fromXML = async (xml: string, type: string): Promise<unknown> => {
      const { result, keys } = await readTied(moddle, xml, type);
      this.keys = keys;
      return result;
    };
    makeLean(viewer, readOnly);
    this.listen(viewer, readOnly);
    this.viewport.attach(viewer, readOnly);
    this.drawing.attach(viewer);
    this.problems.attach(viewer, readOnly);
    return viewer;
  }

  private listen(viewer: Viewer, readOnly: boolean): void {
    const bus = viewer.get('eventBus');
    bus.on('selection.changed', (event) => {
      const selected = (event['newSelection'] as DiagramElement[]).map((element) => (element.labelTarget ?? element).id);
      this.send({ type: 'selection', ids: selected });
    });
    if (readOnly) return;
    this.clip.attach(viewer);
    bus.on(['commandStack.preExecute', 'commandStack.executed', 'commandStack.postExecuted'], 5000, (event) => {
      collectTouched(event['context'], this.touched);
    });
    bus.on('elements.changed', (event) => { collectTouched(event['elements'], this.touched); });
    const stack = viewer.get('commandStack');
    const execute = stack.execute.bind(stack);
    stack.execute = (command, context): void => { this.run(command, context, () => { execute(command, context); }); };
    registerLayout(viewer);
    const actions = viewer.get('editorActions');
    // History belongs to C++, whatever has the focus.
    for (const name of ['undo', 'redo'] as const) {
      if (actions.isRegistered(name)) actions.unregister(name);
      actions.register({ [name]: () => { this.send({ type: 'shortcut', name }); } });
    }
  }

  private async open(message: OpenMessage): Promise<void> {
    const start = performance.now();
    const canvas = this.viewer?.get('canvas');
    const view = message.keepView ? canvas?.viewbox() : undefined;
    const selected = message.keepView ? this.viewer?.get('selection').get().map((element) => element.id) ?? [] : [];
    const fresh = !this.viewer || this.broken || this.readOnly !== message.readOnly;
    if (!this.viewer || fresh) {
      this.viewer?.destroy();
      this.viewer = this.create(message.readOnly);
      this.readOnly = message.readOnly;
      this.broken = false;
    }
    this.base = message.base;
    this.seq = 0;
    this.tracker = undefined;
    this.touched.clear();
    this.markers.clear();
    const viewer = this.viewer;
    const { warnings } = await this.drawing.defer(() => viewer.importXML(message.xml), () => {
      if (fresh) this.settled = frames(2);
      this.viewport.hold(message.keepView && message.readOnly);
      if (view) viewer.get('canvas').viewbox(view);
      else this.viewport.begin();
    });
    if (document.hasFocus()) focusDiagram(this.viewer.get('canvas'));
    const registry = this.viewer.get('elementRegistry');
    this.showBadges();
    this.heat.shownAnew(viewer);
    this.problems.shownAnew();
    const total = performance.now() - start;
    this.send({
      type: 'opened', base: this.base, elements: registry.getAll().length, warnings: warnings.map((w) => w.message),
      milliseconds: { parse: 0, total },
    });
    if (!message.readOnly) this.tracker = new Tracker(this.keys, viewer.getDefinitions(), listsNoFlows(message.xml));
    whenIdle((isOver) => this.base !== message.base || ((this.tracker?.prepare(isOver) ?? true) && this.drawing.drawRest(isOver)));
    const again = selected.map((id) => registry.get(id)).filter((element): element is DiagramElement => element !== undefined);
    if (again.length === 0) return;
    await this.settled;
    this.viewer.get('selection').select(again);
  }

  /** Runs a command with all that it brings about, then tells what changed. */
  private run(command: string, context: Record<string, unknown>, execute: () => void): void {
    if (this.running) {
      execute();
      return;
    }
    // What C++ has of each element is noted when there is time for it, at the latest before the first edit.
    this.tracker?.prepare();
    this.running = true;
    try {
      execute();
    } catch (error) {
      // It may have ended halfway: bpmn-js does not take back what was done until then.
      this.broken = true;
      this.send({ type: 'broken', base: this.base });
      throw error;
    } finally {
      this.running = false;
    }
    if (!this.broken) this.flush(labelOf(command, context));
  }

  private flush(label: string): void {
    const touched = this.touched;
    this.touched = new Set();
    if (!this.tracker || touched.size === 0) return;
    const { changes, created } = this.tracker.flush(touched);
    if (changes.length === 0 && Object.keys(created).length === 0) return;
    this.send({ type: 'delta', seq: ++this.seq, base: this.base, label, changes, created });
  }

  /** The search of the diagram ends when the keyboard goes elsewhere: open beside an edit, it would undo the edit's selection for ever. */
  private leaveSearch({ target, relatedTarget }: FocusEvent): void {
    const search = (target as Element).closest('.djs-search-container');
    if (search && relatedTarget instanceof Element && !search.contains(relatedTarget)) this.viewer?.get('searchPad').close(false);
  }

  private async select(id: string): Promise<void> {
    await this.settled;
    const element = this.viewer?.get('elementRegistry').get(id);
    if (!this.viewer || !element) return;
    if (!this.readOnly) this.viewer.get('searchPad').close(false);
    this.viewer.get('canvas').scrollToElement(id);
    this.viewer.get('selection').select(element);
    if (document.hasFocus()) this.viewer.get('canvas').focus();
  }

  /** The page got the focus. */
  focus(): void {
    if (this.viewer) focusDiagram(this.viewer.get('canvas'));
  }

  private showTravel(message: TravelMessage): Promise<void> | undefined {
    if (!this.viewer) return undefined;
    const moving = new Set([...message.before, ...message.steps.map((step) => step.element)]);
    this.badges = this.badges.filter(({ tone, element }) => tone !== 'token' || !moving.has(element));
    this.showBadges();
    return this.travel.show(this.viewer, message);
  }

  private showBadges(): void {
    if (!this.viewer) return;
    const overlays = this.viewer.get('overlays');
    const registry = this.viewer.get('elementRegistry');
    const canvas = this.viewer.get('canvas');
    overlays.remove({ type: 'badge' });
    for (const [id, marker] of this.markers) if (registry.get(id)) canvas.removeMarker(id, marker);
    this.markers.clear();
    for (const { element, text, tone, title } of this.badges) {
      if (!registry.get(element)) continue;
      const badge = document.createElement('div');
      badge.className = `ameide-badge ameide-badge-${tone}`;
      badge.textContent = text;
      badge.title = title;
      // Tokens and comments sit at the upper right corner, problems at the upper left.
      overlays.add(element, 'badge', { position: { top: -12, ...(tone === 'token' || tone === 'comment' ? { right: 12 } : { left: -10 }) }, html: badge });
      const marker = `ameide-${tone}`;
      canvas.addMarker(element, marker);
      this.markers.set(element, marker);
    }
  }

  private command({ name, action, options }: CommandMessage): void {
    switch (name) {
      case 'editor': return this.act(action ?? '', options);
      case 'zoomFit': return this.viewport.fit();
      case 'zoomIn': return this.viewport.zoomBy(1.25);
      case 'zoomOut': return this.viewport.zoomBy(0.8);
      case 'toggleMinimap': return this.viewport.toggleMinimap();
    }
  }

  /** One of the library's own actions, as if its key had been pressed. */
  private act(action: string, options: Record<string, string> | undefined): void {
    const actions = this.viewer?.get('editorActions');
    if (!this.viewer || this.readOnly) return;
    if (action === 'layout') { void this.layOut(this.viewer); return; }
    if (!actions?.isRegistered(action)) return;
    this.viewer.get('canvas').focus();
    actions.trigger(action, options);
  }

  private async layOut(viewer: Viewer): Promise<void> {
    const base = this.base, seq = this.seq;
    // What was placed is not what is there any more, when somebody edited meanwhile.
    await layOut(viewer, () => viewer === this.viewer && base === this.base && seq === this.seq);
    if (viewer === this.viewer) this.viewport.fit();
  }

  private async picture({ number, selectedOnly, pngScale }: PictureMessage): Promise<void> {
    const answer = { type: 'pictureTaken' as const, number, svg: '', png: '', width: 0, height: 0, error: '' };
    try {
      if (!this.viewer) throw new Error(translate('no diagram is shown'));
      const picture = await takePicture(this.viewer, selectedOnly);
      this.send({ ...answer, ...picture, png: pngScale > 0 ? await drawPicture(picture, pngScale) : '' });
    } catch (error) {
      this.send({ ...answer, error: error instanceof Error ? error.message : String(error) });
    }
  }

  private async compare(xml: string): Promise<void> {
    if (!this.viewer) return;
    this.tracker?.prepare();
    const moddle = this.viewer.get('moddle');
    // What the editor made for itself while reading is no part of the document.
    const definitions = this.viewer.getDefinitions();
    const diagrams = definitions['diagrams'] as ModdleElement[];
    const silent = this.tracker?.silentDiagrams ?? diagrams.filter((diagram) => !this.keys.has(diagram));
    definitions['diagrams'] = diagrams.filter((diagram) => !silent.includes(diagram));
    const { xml: own } = await this.viewer.saveXML({ format: true });
    definitions['diagrams'] = diagrams;
    const saved = await readTied(moddle, own, 'bpmn:Definitions');
    const stored = await readTied(moddle, xml, 'bpmn:Definitions');
    this.send({ type: 'compared', differences: differences(saved.result.rootElement, stored.result.rootElement, listsNoFlows(xml)) });
  }

  /** For tests that drive the editor from inside. */
  get modeler(): Viewer | undefined { return this.viewer; }
  /** How many tokens have travelled since the page began. */
  get travelled(): number { return this.travel.travelled; }
}

/** The properties panel takes two frames until it listens. A page that is not shown gets none, so they are bounded. */
function frames(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const next = (): void => {
      if (left-- === 0) { resolve(); return; }
      let gone = false;
      const go = (): void => { if (!gone) { gone = true; setTimeout(next); } };
      requestAnimationFrame(go);
      setTimeout(go, 120);
    };
    next();
  });
}
