// Libraries without types of their own, as far as they are used here.
declare module 'moddle-xml' {
  export const Reader: new (options: { model: unknown; lax: boolean }) => unknown;
}
declare module 'bpmn-js/lib/Modeler' {
  const Modeler: new (options: object) => import('./editor/viewer').Viewer;
  export default Modeler;
}
declare module 'bpmn-js/lib/NavigatedViewer' {
  const NavigatedViewer: new (options: object) => import('./editor/viewer').Viewer;
  export default NavigatedViewer;
}
declare module 'bpmn-js-properties-panel' {
  export const BpmnPropertiesPanelModule: object;
  export const BpmnPropertiesProviderModule: object;
  export const ZeebePropertiesProviderModule: object;
  export function useService(name: string): unknown;
}
declare module '@bpmn-io/form-js-viewer' {
  interface Outcome { data: Record<string, unknown>; errors: Record<string, unknown> }
  export class Form {
    constructor(options: { container: HTMLElement });
    importSchema(schema: object, data: object): Promise<unknown>;
    setProperty(name: string, value: unknown): void;
    submit(): Outcome;
    on(event: 'submit', listener: (outcome: Outcome) => void): void;
  }
}
declare module 'diagram-js-minimap' {
  const module: object;
  export default module;
}
declare module 'camunda-bpmn-js-behaviors/lib/camunda-cloud' {
  const module: object;
  export default module;
}
declare module '*.css';
declare module '@bpmn-io/properties-panel' {
  export const TextFieldEntry: (props: object) => unknown;
  export const isTextFieldEntryEdited: (node: unknown) => boolean;
}
declare module 'bpmn-moddle' {
  export const BpmnModdle: new (packages?: object) => object;
}
