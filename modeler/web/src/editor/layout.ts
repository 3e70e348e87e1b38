import ELK, { type ElkEdgeSection, type ElkNode } from 'elkjs/lib/elk-api';

import type { ModdleElement } from '../bridge/moddle';
import type { Box, DiagramElement, Viewer } from './viewer';

/** Space around what is in a pool, a subprocess or a lane, and between pools. */
const PADDING = 40;
const POOL_HEAD = 30;
const BETWEEN_POOLS = 40;
const ROW_GAP = 30;
const LOWEST_LANE = 100;
const OPTIONS: Record<string, string> = {
  'elk.algorithm': 'layered', 'elk.direction': 'RIGHT', 'elk.edgeRouting': 'ORTHOGONAL', 'elk.separateConnectedComponents': 'true',
  'elk.spacing.nodeNode': '40', 'elk.spacing.edgeNode': '25', 'elk.spacing.edgeEdge': '15', 'elk.spacing.componentComponent': '50',
  'elk.layered.spacing.nodeNodeBetweenLayers': '60', 'elk.layered.spacing.edgeNodeBetweenLayers': '25',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES', 'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};

interface Point { x: number; y: number }
interface Modeling {
  /** Unlike moving elements by hand, this does not look whether their connections are still allowed. */
  moveShape(shape: DiagramElement, delta: Point, parent: DiagramElement | undefined, hints: object): void;
  resizeShape(element: DiagramElement, bounds: Box): void;
  updateWaypoints(connection: DiagramElement, waypoints: Point[]): void;
  layoutConnection(connection: DiagramElement, hints: object): void;
  updateLaneRefs(nodes: DiagramElement[], lanes: DiagramElement[]): void;
}
type Connection = DiagramElement & { source: DiagramElement; target: DiagramElement };
/** Where everything in one container goes, from its own corner. */
interface Placed { width: number; height: number; places: Map<DiagramElement, Point>; routes: Map<Connection, Point[]>; lanes: Map<DiagramElement, Box>; inner: Map<DiagramElement, Placed> }

const isType = (element: DiagramElement, pattern: RegExp): boolean => pattern.test(element.businessObject?.$type ?? '');
const isNode = (element: DiagramElement): boolean =>
  !element.waypoints && !element.labelTarget && !element.host && isType(element, /:(.*Task|.*Gateway|.*Event|.*SubProcess|Transaction|CallActivity)$/);
const isOpen = (element: DiagramElement): boolean => isType(element, /:(.*SubProcess|Transaction)$/) && !element.collapsed && (element.children ?? []).some(isNode);
const middle = (element: DiagramElement): Point => ({ x: (element.x ?? 0) + (element.width ?? 0) / 2, y: (element.y ?? 0) + (element.height ?? 0) / 2 });

let engine: InstanceType<typeof ELK> | undefined;

/** Elk, in a thread of its own: thousands of elements take it seconds. */
function elk(): InstanceType<typeof ELK> {
  engine ??= new ELK({ workerFactory: () => new Worker('elk-worker.js') });
  return engine;
}

/** Places what is in a container, from the inside out. */
async function place(container: DiagramElement): Promise<Placed> {
  const nodes = (container.children ?? []).filter(isNode);
  const inner = new Map<DiagramElement, Placed>();
  for (const node of nodes.filter(isOpen)) inner.set(node, await place(node));
  const size = (node: DiagramElement): { width: number; height: number } => {
    const placed = inner.get(node);
    return placed ? { width: placed.width + 2 * PADDING, height: placed.height + 2 * PADDING } : { width: node.width ?? 0, height: node.height ?? 0 };
  };
  const known = new Set(nodes);
  const at = (end: DiagramElement): DiagramElement => end.host ?? end;
  const flows = (container.children ?? []).filter((each): each is Connection => {
    const { source, target } = each as Partial<Connection>;
    return isType(each, /:SequenceFlow$/) && source !== undefined && target !== undefined && known.has(at(source)) && known.has(at(target));
  });
  // Flows enter in the middle of the left side and leave in the middle of the right one, or below a boundary event.
  const graph: ElkNode = {
    id: 'root', layoutOptions: OPTIONS,
    children: nodes.map((node) => {
      const { width, height } = size(node);
      const ports = [{ id: `${node.id}:in`, x: 0, y: height / 2, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'WEST' } }, { id: `${node.id}:out`, x: width, y: height / 2, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'EAST' } }];
      for (const event of node.attachers ?? []) ports.push({ id: `${event.id}:out`, x: Math.max(0, Math.min(width, middle(event).x - (node.x ?? 0))), y: height, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'SOUTH' } });
      return { id: node.id, width, height, ports, layoutOptions: { 'elk.portConstraints': 'FIXED_POS' } };
    }),
    edges: flows.map((flow) => ({ id: flow.id, sources: [`${flow.source.id}:out`], targets: [`${at(flow.target).id}:in`] })),
  };
  const result = await elk().layout(graph);
  const byId = new Map((result.children ?? []).map((node) => [node.id, node]));
  const places = new Map(nodes.map((node) => [node, { x: byId.get(node.id)?.x ?? 0, y: byId.get(node.id)?.y ?? 0 }]));
  const sections = new Map((result.edges ?? []).map((edge) => [edge.id, edge.sections?.[0]]));
  const routes = new Map<Connection, Point[]>();
  for (const flow of flows) {
    const section: ElkEdgeSection | undefined = sections.get(flow.id);
    if (!section) continue;
    const start = { ...section.startPoint };
    if (flow.source.host) start.y += (flow.source.height ?? 0) / 2;
    routes.set(flow, [start, ...(section.bendPoints ?? []), { ...section.endPoint }]);
  }
  const placed = { width: result.width ?? 0, height: result.height ?? 0, places, routes, lanes: new Map<DiagramElement, Box>(), inner };
  return placeInLanes(container, placed, size);
}

/**
 * Elk knows no lanes. What it says of columns and of the order in a column stays; in each lane the columns are filled from
 * the top, centred in the lane. Its routes do not hold then: flows are led by the editor's own rules.
 */
function placeInLanes(container: DiagramElement, placed: Placed, size: (node: DiagramElement) => { width: number; height: number }): Placed {
  const lanes = leafLanes(container);
  if (lanes.length === 0) return placed;
  const rows = lanes.map((lane) => ({ lane, nodes: [] as DiagramElement[] }));
  for (const node of placed.places.keys()) {
    const named = rows.find(({ lane }) => ((lane.businessObject?.['flowNodeRef'] as ModdleElement[] | undefined) ?? []).includes(node.businessObject as ModdleElement));
    (named ?? rows.find(({ lane }) => contains(lane, middle(node))) ?? rows[0])?.nodes.push(node);
  }
  let top = 0;
  const places = new Map<DiagramElement, Point>();
  for (const { lane, nodes } of rows) {
    const columns: DiagramElement[][] = [];
    const x = (node: DiagramElement): number => placed.places.get(node)?.x ?? 0;
    const y = (node: DiagramElement): number => placed.places.get(node)?.y ?? 0;
    for (const node of [...nodes].sort((a, b) => x(a) - x(b))) {
      const last = columns[columns.length - 1];
      // Those whose widths meet would stand on each other.
      if (last?.some((other) => x(node) < x(other) + size(other).width)) last.push(node);
      else columns.push([node]);
    }
    const heights = columns.map((column) => column.reduce((sum, node) => sum + size(node).height + ROW_GAP, -ROW_GAP));
    const height = Math.max(LOWEST_LANE, ...heights.map((each) => each + 2 * PADDING));
    columns.forEach((column, index) => {
      let at = top + (height - (heights[index] ?? 0)) / 2;
      for (const node of column.sort((a, b) => y(a) - y(b))) {
        places.set(node, { x: x(node), y: at });
        at += size(node).height + ROW_GAP;
      }
    });
    placed.lanes.set(lane, { x: 0, y: top, width: 0, height });
    top += height;
  }
  return { ...placed, places, routes: new Map(), height: top };
}

function contains(box: DiagramElement, point: Point): boolean {
  const { x = 0, y = 0, width = 0, height = 0 } = box;
  return point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
}

/** The lanes that hold no lanes, from the top. */
function leafLanes(container: DiagramElement): DiagramElement[] {
  const lanes = (container.children ?? []).filter((each) => isType(each, /:Lane$/));
  return lanes.flatMap((lane) => { const below = leafLanes(lane); return below.length > 0 ? below : [lane]; }).sort((a, b) => (a.y ?? 0) - (b.y ?? 0));
}

/** Puts everything where it was placed. One run of a command. */
class Arrangement {
  private readonly routed = new Set<Connection>();
  private readonly moved = new Map<DiagramElement, Point>();

  constructor(private readonly modeling: Modeling) {}

  put(placed: Placed, origin: Point): void {
    for (const [node, { x, y }] of placed.places) {
      this.move(node, { x: origin.x + x, y: origin.y + y });
      const inner = placed.inner.get(node);
      if (!inner) continue;
      this.modeling.resizeShape(node, { x: Math.round(origin.x + x), y: Math.round(origin.y + y), width: Math.round(inner.width + 2 * PADDING), height: Math.round(inner.height + 2 * PADDING) });
      this.put(inner, { x: origin.x + x + PADDING, y: origin.y + y + PADDING });
    }
  }

  /** After everything stands: what was written beside nodes follows them, flows are led anew. */
  finish(placed: Placed, origin: Point, container: DiagramElement): void {
    for (const each of container.children ?? []) if (isType(each, /:(TextAnnotation|DataObjectReference|DataStoreReference)$/)) this.follow(each);
    for (const [flow, points] of placed.routes) {
      this.modeling.updateWaypoints(flow, points.map((point) => ({ x: Math.round(origin.x + point.x), y: Math.round(origin.y + point.y) })));
      this.routed.add(flow);
    }
    for (const [node, inner] of placed.inner) this.finish(inner, { x: (node.x ?? 0) + PADDING, y: (node.y ?? 0) + PADDING }, node);
  }

  leadRest(connections: Connection[]): void {
    for (const connection of connections) {
      if (this.routed.has(connection) || !connection.source || !connection.target) continue;
      this.modeling.layoutConnection(connection, { waypoints: [], connectionStart: middle(connection.source), connectionEnd: middle(connection.target) });
    }
  }

  resize(element: DiagramElement, box: Box): void {
    const bounds = { x: Math.round(box.x), y: Math.round(box.y), width: Math.round(box.width), height: Math.round(box.height) };
    if (element.x === bounds.x && element.y === bounds.y && element.width === bounds.width && element.height === bounds.height) return;
    this.modeling.resizeShape(element, bounds);
  }

  move(element: DiagramElement, to: Point): void {
    const delta = { x: Math.round(to.x) - (element.x ?? 0), y: Math.round(to.y) - (element.y ?? 0) };
    this.moved.set(element, delta);
    this.shift(element, delta);
  }

  /** With what hangs at it. */
  private shift(element: DiagramElement, delta: Point): void {
    if (delta.x === 0 && delta.y === 0) return;
    for (const each of [element, ...(element.labels ?? [])]) this.modeling.moveShape(each, delta, each.parent, { layout: false, autoResize: false });
    for (const event of element.attachers ?? []) this.shift(event, delta);
  }

  private follow(artifact: DiagramElement): void {
    const ties = [...(artifact.incoming ?? []), ...(artifact.outgoing ?? [])] as Connection[];
    const owner = ties.map((tie) => (tie.source === artifact ? tie.target : tie.source)).find((end) => this.moved.has(end));
    const delta = owner && this.moved.get(owner);
    if (delta) this.shift(artifact, delta);
  }
}

interface Context { apply: () => void }

/** Makes the command known to a modeler. */
export function registerLayout(viewer: Viewer): void {
  (viewer.get('commandStack') as unknown as { register(command: string, handler: object): void })
    .register('ameide.layout', { preExecute: (context: Context) => { context.apply(); } });
}

/**
 * Lays out the plane that is shown, as one command. Nothing changes when there is nothing to lay out, or when the diagram is
 * not the same any more (`isSame`) once it is known where everything goes.
 */
export async function layOut(viewer: Viewer, isSame: () => boolean): Promise<void> {
  const modeling = viewer.get('modeling') as Modeling;
  const root = viewer.get('canvas').getRootElement();
  const pools = (root.children ?? []).filter((each) => isType(each, /:Participant$/)).sort((a, b) => (a.y ?? 0) - (b.y ?? 0));
  const containers = pools.length > 0 ? pools.filter((pool) => (pool.children ?? []).some(isNode)) : [root];
  const placed = new Map<DiagramElement, Placed>();
  for (const container of containers) placed.set(container, await place(container));
  if (!isSame() || ![...placed.values()].some((each) => each.places.size > 0)) return;
  const connections = viewer.get('elementRegistry').getAll()
    .filter((each): each is Connection => each.waypoints !== undefined && each.parent !== undefined && viewer.get('canvas').findRoot(each) === root);
  const boxes = (root.children ?? []).filter((each) => !each.waypoints && each.parent === root);
  const corner = { x: Math.min(...boxes.map((each) => each.x ?? 0)), y: Math.min(...boxes.map((each) => each.y ?? 0)) };
  const width = Math.max(...[...placed.values()].map((each) => each.width)) + 2 * PADDING + POOL_HEAD;
  const origins = new Map<DiagramElement, Point>();
  const arrangement = new Arrangement(modeling);
  const putAll = (): void => {
    let y = corner.y;
    for (const container of pools.length > 0 ? pools : [root]) {
      const own = placed.get(container);
      const hasLanes = (own?.lanes.size ?? 0) > 0;
      const nested = hasLanes ? POOL_HEAD * depth(container) : 0;
      const origin = container === root ? corner : { x: corner.x + POOL_HEAD + nested + PADDING, y: y + (hasLanes ? 0 : PADDING) };
      origins.set(container, origin);
      const height = own ? own.height + (hasLanes ? 0 : 2 * PADDING) : container.height ?? 0;
      if (container !== root) arrangement.move(container, { x: corner.x, y });
      if (own) arrangement.put(own, origin);
      if (container !== root) {
        arrangement.resize(container, { x: corner.x, y, width: width + nested, height });
        resizeLanes(container, own, { x: corner.x + POOL_HEAD, y }, width + nested - POOL_HEAD, arrangement);
      }
      y += height + BETWEEN_POOLS;
    }
  };
  const apply = (): void => {
    // All flows are led anew in the end. Led after each move they would take most of the time, and the library fails at those
    // that have lost an end.
    const lead = modeling.layoutConnection;
    modeling.layoutConnection = (): void => undefined;
    try {
      putAll();
      for (const [container, own] of placed) arrangement.finish(own, origins.get(container) ?? corner, container);
    } finally {
      modeling.layoutConnection = lead;
    }
    arrangement.leadRest(connections);
    // On the way, nodes stood in other lanes than they do now.
    for (const [container, own] of placed) {
      if (own.lanes.size > 0) modeling.updateLaneRefs([...own.places.keys()].flatMap((node) => [node, ...(node.attachers ?? [])]), allLanes(container));
    }
  };
  viewer.get('commandStack').execute('ameide.layout', { apply });
}

function allLanes(container: DiagramElement): DiagramElement[] {
  const lanes = (container.children ?? []).filter((each) => isType(each, /:Lane$/));
  return [...lanes, ...lanes.flatMap(allLanes)];
}

/** How many heads of lanes stand beside each other. */
function depth(container: DiagramElement): number {
  const lanes = (container.children ?? []).filter((each) => isType(each, /:Lane$/));
  return lanes.length === 0 ? 0 : 1 + Math.max(...lanes.map(depth));
}

function resizeLanes(container: DiagramElement, placed: Placed | undefined, corner: Point, width: number, arrangement: Arrangement): Box | undefined {
  let all: Box | undefined;
  for (const lane of (container.children ?? []).filter((each) => isType(each, /:Lane$/)).sort((a, b) => (a.y ?? 0) - (b.y ?? 0))) {
    const leaf = placed?.lanes.get(lane);
    const below = resizeLanes(lane, placed, { x: corner.x + POOL_HEAD, y: corner.y }, width - POOL_HEAD, arrangement);
    const box = leaf ? { x: corner.x, y: corner.y + leaf.y, width, height: leaf.height } : below && { ...below, x: corner.x, width };
    if (!box) continue;
    arrangement.resize(lane, box);
    all = all ? { ...all, height: box.y + box.height - all.y } : { ...box };
  }
  return all;
}
