// Runs in a page: bpmn-js with its properties panel for Camunda 8 draws processes through the modeller's own API.
// `drawing(name)` answers { xml, svg }; the sheets themselves are in process-sheets.mjs.

import Modeler from 'bpmn-js/lib/Modeler';
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  ZeebePropertiesProviderModule,
} from 'bpmn-js-properties-panel';
import ZeebeBehaviorsModule from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

import { SHEETS } from './process-sheets.mjs';

const NEW_DIAGRAM = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="draft" isExecutable="true" />
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="draft" /></bpmndi:BPMNDiagram>
</bpmn:definitions>`;

const EVENT_TEXTS = { date: 'timeDate', duration: 'timeDuration', cycle: 'timeCycle' };

/** Draws one sheet, as a person at the designer would: pools and lanes, shapes, flows, then the settings. */
class Draughtsman {
  constructor(modeler, sheet) {
    this.sheet = sheet;
    this.shapes = {};
    this.told = {};
    for (const name of ['modeling', 'elementFactory', 'bpmnFactory', 'canvas', 'elementRegistry']) {
      this[name] = modeler.get(name);
    }
  }

  make(type, properties = {}) {
    return this.bpmnFactory.create(type, properties);
  }

  draw() {
    for (const pool of this.sheet.pools) this.pool(pool);
    this.declare();
    for (const node of this.sheet.nodes) this.node(node);
    for (const flow of this.sheet.flows) this.flow(flow);
    for (const node of this.sheet.nodes) this.choose(node);
  }

  pool({ id, name, lanes = [], x = 160, y, width, height }) {
    const shape = this.elementFactory.createParticipantShape({
      type: 'bpmn:Participant', isExpanded: true, width, height,
      businessObject: this.make('bpmn:Participant', { id: `pool_${id}`, name }),
    });
    const pool = this.modeling.createShape(shape, { x: x + width / 2, y: y + height / 2 }, this.canvas.getRootElement());
    const process = pool.businessObject.processRef;
    this.modeling.updateModdleProperties(pool, process, { id, name, isExecutable: id === this.sheet.main });
    const root = this.canvas.getRootElement();
    this.modeling.updateProperties(root, { id: 'collaboration' });
    if (lanes.length > 1) this.modeling.splitLane(pool, lanes.length);
    const drawn = pool.children.filter((child) => child.type === 'bpmn:Lane').sort((a, b) => a.y - b.y);
    drawn.forEach((lane, number) => {
      this.modeling.updateProperties(lane, { id: `${id}_lane_${number + 1}`, name: lanes[number] });
      this.modeling.updateModdleProperties(lane, lane.di, { id: `${id}_lane_${number + 1}_di` });
    });
    for (const set of process.laneSets || []) this.modeling.updateModdleProperties(pool, set, { id: `${id}_lanes` });
    this.shapes[id] = pool;
  }

  declare() {
    const definitions = this.canvas.getRootElement().businessObject.$parent;
    for (const [id, { type, key, ...properties }] of Object.entries(this.sheet.told || {})) {
      const named = this.make(`bpmn:${type}`, { id, ...properties });
      if (key) named.extensionElements = this.extensions(named, [['Subscription', { correlationKey: key }]]);
      named.$parent = definitions;
      this.told[id] = named;
    }
    const rootElements = [...definitions.rootElements, ...Object.values(this.told)];
    this.modeling.updateModdleProperties(this.canvas.getRootElement(), definitions, { rootElements });
  }

  extensions(owner, settings) {
    const all = this.make('bpmn:ExtensionElements', { values: [] });
    all.$parent = owner;
    all.values = settings.map(([type, properties]) => this.extension(all, type, properties));
    return all;
  }

  extension(parent, type, { values, ...properties }) {
    const made = this.make(`zeebe:${type}`, properties);
    made.$parent = parent;
    for (const [list, items] of Object.entries(values || {})) {
      made[list] = items.map(([kind, given]) => this.extension(made, kind, given));
    }
    return made;
  }

  event(owner, id, { kind, of, ...times }) {
    const definition = this.make(`bpmn:${kind}EventDefinition`, { id: `${id}_${kind.toLowerCase()}` });
    if (of) definition[`${kind.toLowerCase()}Ref`] = this.told[of];
    for (const [name, body] of Object.entries(times)) {
      definition[EVENT_TEXTS[name]] = this.make('bpmn:FormalExpression', { body });
      definition[EVENT_TEXTS[name]].$parent = definition;
    }
    definition.$parent = owner;
    return definition;
  }

  node({ id, type, name, at, in: parent, on, event, size, byEvent, stops = true }) {
    const businessObject = this.make(`bpmn:${type}`, { id, ...(name ? { name } : {}) });
    if (event) businessObject.eventDefinitions = [this.event(businessObject, id, event)];
    if (on && !stops) businessObject.cancelActivity = false;
    if (type === 'StartEvent' && !stops) businessObject.isInterrupting = false;
    if (byEvent) businessObject.triggeredByEvent = true;
    const look = size ? { isExpanded: true, width: size[0], height: size[1] } : {};
    const shape = this.elementFactory.createShape({ type: `bpmn:${type}`, businessObject, ...look });
    const place = { x: at[0], y: at[1] };
    const host = this.shapes[on || parent];
    this.shapes[id] = on
      ? this.modeling.createShape(shape, place, host, { attach: true })
      : this.modeling.createShape(shape, place, host);
  }

  flow([source, target, { name, when } = {}]) {
    const [from, to] = [this.shapes[source], this.shapes[target]];
    const undoes = from.businessObject.eventDefinitions?.[0]?.$type === 'bpmn:CompensateEventDefinition' && from.host;
    const type = undoes ? 'bpmn:Association' : 'bpmn:SequenceFlow';
    const businessObject = this.make(type, { id: `${source}__${target}` });
    const drawn = this.modeling.connect(from, to, {
      type, businessObject, ...(undoes ? { associationDirection: 'One' } : {}),
    });
    if (name) this.modeling.updateProperties(drawn, { name });
    if (when === 'default') this.modeling.updateProperties(from, { default: drawn.businessObject });
    else if (when) {
      this.modeling.updateProperties(drawn, { conditionExpression: this.make('bpmn:FormalExpression', { body: when }) });
    }
  }

  choose({ id, zeebe: settings, loop, message }) {
    const shape = this.shapes[id];
    if (message) this.modeling.updateProperties(shape, { messageRef: this.told[message] });
    if (loop) {
      const { sequential = false, until, ...zeebeLoop } = loop;
      const marker = this.make('bpmn:MultiInstanceLoopCharacteristics', { isSequential: sequential });
      marker.extensionElements = this.extensions(marker, [['LoopCharacteristics', zeebeLoop]]);
      if (until) marker.completionCondition = this.make('bpmn:FormalExpression', { body: until });
      this.modeling.updateProperties(shape, { loopCharacteristics: marker });
    }
    if (settings) {
      const extensionElements = this.extensions(shape.businessObject, settings);
      this.modeling.updateProperties(shape, { extensionElements });
    }
  }
}

window.drawing = async function drawing(name) {
  const modeler = new Modeler({
    container: '#canvas',
    propertiesPanel: { parent: '#properties' },
    additionalModules: [
      BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, ZeebeBehaviorsModule,
    ],
    moddleExtensions: { zeebe },
  });
  await modeler.importXML(NEW_DIAGRAM);
  new Draughtsman(modeler, SHEETS[name]).draw();
  const { xml } = await modeler.saveXML({ format: true });
  const { svg } = await modeler.saveSVG();
  modeler.destroy();
  return { xml, svg };
};
