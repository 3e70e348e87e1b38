import type { ModdleElement } from '../bridge/moddle';

interface Updater { updateDiParent(di: ModdleElement, parent: ModdleElement | undefined): void }

/**
 * Stands in for bpmn-js's ordering of the diagram's elements, which sorts them anew whenever it saves: the document's order is
 * kept instead. That ordering also mends what moving between planes leaves behind (shapes stay listed in their former
 * plane), so this is mended here, at once.
 */
function keepDiInPlace(updater: Updater): object {
  const update = updater.updateDiParent.bind(updater);
  updater.updateDiParent = (di, parent): void => {
    const former = di.$parent;
    update(di, parent);
    if (!former || former === di.$parent) return;
    const listed = former['planeElement'] as ModdleElement[] | undefined;
    const at = listed?.indexOf(di) ?? -1;
    if (at >= 0) listed?.splice(at, 1);
  };
  return {};
}
keepDiInPlace.$inject = ['bpmnUpdater'];

/** A module for bpmn-js's modeler. */
export const diInPlace = { bpmnDiOrdering: ['factory', keepDiInPlace] };
