"""Our interpreter against SpiffWorkflow, each instance saved to PostgreSQL with a commit at every human step.

Both run the same drawing: a user task with a non-interrupting reminder after 72 hours, a decision table, an exclusive
gateway, a service, a second user task. Both decide by their own DMN engine on the same table, both count the answer of
the same service function. Ours writes a row for the instance (state, data, next due time) and a row for each task
offered, with an index for the work list; SpiffWorkflow writes its serialised workflow to one row and nothing else
(as json: its order of keys matters, which jsonb does not keep).
Parsing is outside the measure for both. Ledger rows are left out for both.

`cpu_ratio_to_spiff`: CPU of this process for an instance from start to end, ours over theirs, median of five
interleaved rounds. `space_ratio_to_spiff`: bytes on disk, indexes included, of instances that stand at the second
user task, after VACUUM FULL. Each round checks that every instance ended and every fee was decided alike.
"""

import json
import os
import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from lxml import etree
from psycopg.types.json import Jsonb

from motcua.engines import bpmn, dmn

INSTANCES = 60
ROUNDS = 5
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
GIVEN = {
    "child": "NGUYỄN MINH AN",
    "days": 75,
    "copies": 2,
    "mother": "019195001234",
    "father": "019093001234",
}
EXPECTED_FEE = 8000

DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="fees" namespace="urn:fees">
  <inputData id="days_in" name="days"><variable id="days_value" name="days" typeRef="number"/></inputData>
  <decision id="fee" name="fee">
    <variable id="fee_value" name="fee" typeRef="number"/>
    <informationRequirement id="r0"><requiredInput href="#days_in"/></informationRequirement>
    <decisionTable id="fee_table" hitPolicy="UNIQUE">
      <input id="i1" label="days"><inputExpression id="e0" typeRef="number"><text>days</text></inputExpression></input>
      <output id="o1" name="fee" typeRef="number"/>
      <rule id="r1"><inputEntry id="e1"><text>&lt;= 60</text></inputEntry>
        <outputEntry id="x1"><text>0</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="e2"><text>&gt; 60</text></inputEntry>
        <outputEntry id="x2"><text>8000</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""

DRAWING = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions id="d" xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core">
<bpmn:process id="birth" isExecutable="true">
  <bpmn:startEvent id="start"/>
  <bpmn:userTask id="appraise" name="Thẩm định"/>
  <bpmn:boundaryEvent id="late" attachedToRef="appraise" cancelActivity="false">
    <bpmn:timerEventDefinition>
      <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">{timer}</bpmn:timeDuration>
    </bpmn:timerEventDefinition>
  </bpmn:boundaryEvent>
  <bpmn:userTask id="remind" name="Nhắc việc"/>
  <bpmn:businessRuleTask id="decide"><bpmn:extensionElements>{decision}</bpmn:extensionElements></bpmn:businessRuleTask>
  <bpmn:exclusiveGateway id="gate" default="free"/>
  {service}
  <bpmn:userTask id="sign" name="Ký"/>
  <bpmn:endEvent id="end"/>
  <bpmn:endEvent id="reminded"/>
  <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="appraise"/>
  <bpmn:sequenceFlow id="f2" sourceRef="appraise" targetRef="decide"/>
  <bpmn:sequenceFlow id="f3" sourceRef="decide" targetRef="gate"/>
  <bpmn:sequenceFlow id="paid" sourceRef="gate" targetRef="charge">
    <bpmn:conditionExpression>{condition}</bpmn:conditionExpression></bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="free" sourceRef="gate" targetRef="sign"/>
  <bpmn:sequenceFlow id="f5" sourceRef="charge" targetRef="sign"/>
  <bpmn:sequenceFlow id="f6" sourceRef="sign" targetRef="end"/>
  <bpmn:sequenceFlow id="f7" sourceRef="late" targetRef="remind"/>
  <bpmn:sequenceFlow id="f8" sourceRef="remind" targetRef="reminded"/>
</bpmn:process>
</bpmn:definitions>"""


BEGIN = """
with instance as (
  insert into ours (version, state, data, due) values (1, %s, %s, %s) returning id
), tasks as (
  insert into ours_task (instance, token, element, role)
  select instance.id, offered.* from instance, unnest(%s::int[], %s::text[], %s::text[]) offered
)
select id from instance"""
GO_ON = """
with instance as (
  update ours set state = %s, data = %s, due = %s where id = %s
), finished as (
  update ours_task set done = true where instance = %s and token = %s and not done
)
insert into ours_task (instance, token, element, role)
select %s, offered.* from unnest(%s::int[], %s::text[], %s::text[]) offered"""


def charge(fee: int) -> str:
    """The service that both call."""
    return f"owed {fee}"


class Ours:
    """Instances as a row, tasks as rows."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.definition = bpmn.load(
            DRAWING.format(
                timer="PT72H",
                decision='<zeebe:calledDecision decisionId="fee" resultVariable="fee"/>',
                service='<bpmn:serviceTask id="charge"><bpmn:extensionElements><zeebe:taskDefinition type="charge"/>'
                "</bpmn:extensionElements></bpmn:serviceTask>",
                condition="=fee &gt; 0",
            ).encode()
        )
        model = dmn.load(DECISION.encode())
        self.env = bpmn.PlainEnvironment(decisions={"fee": lambda facts: model.decide("fee", facts).value})
        connection.execute(
            "create table ours (id bigint generated always as identity primary key, version int not null,"
            " state jsonb not null, data jsonb not null, due timestamptz)"
        )
        connection.execute(
            "create table ours_task (id bigint generated always as identity primary key, instance bigint not null,"
            " token int not null, element text not null, role text not null, done boolean not null default false)"
        )
        connection.execute("create index ours_open on ours_task (role, id) where not done")
        connection.commit()

    def start(self) -> int:
        step = self._serve(bpmn.start(self.definition, GIVEN, NOW, self.env))
        row = self.connection.execute(BEGIN, (*self._stored(step), *self._offered(step))).fetchone()
        assert row is not None
        self.connection.commit()
        return int(row[0])

    def complete(self, instance: int, element: str, output: Mapping[str, Any]) -> None:
        row = self.connection.execute(
            "select state, data from ours where id = %s for update", (instance,)
        ).fetchone()
        assert row is not None
        state = bpmn.State.from_json(row[0])
        token = next(token.id for token in state.tokens if token.element == element)
        step = self._serve(bpmn.complete(self.definition, state, row[1], token, output, NOW, self.env))
        self.connection.execute(
            GO_ON, (*self._stored(step), instance, instance, token, instance, *self._offered(step))
        )
        self.connection.commit()

    def _serve(self, step: bpmn.Step) -> bpmn.Step:
        """Answer services within the transaction, as a caller does for quick ones."""
        effects = step.effects
        while requests := [effect for effect in effects if isinstance(effect, bpmn.ServiceRequested)]:
            answer = {"charged": charge(step.data["fee"])}
            step = bpmn.complete(
                self.definition, step.state, step.data, requests[0].token_id, answer, NOW, self.env
            )
            effects = step.effects
        return step

    def _stored(self, step: bpmn.Step) -> tuple[Jsonb, Jsonb, datetime | None]:
        due = min((token.due for token in step.state.tokens if token.due), default=None)
        return Jsonb(step.state.to_json()), Jsonb(step.data), datetime.fromisoformat(due) if due else None

    def _offered(self, step: bpmn.Step) -> tuple[list[int], list[str], list[str]]:
        offers = step.of(bpmn.TaskOffered)
        tokens = [offer.token_id for offer in offers]
        return tokens, [offer.element_id for offer in offers], [offer.role for offer in offers]

    def outcome(self, instance: int) -> tuple[bool, int]:
        row = self.connection.execute("select state, data from ours where id = %s", (instance,)).fetchone()
        assert row is not None
        return bpmn.State.from_json(row[0]).ended == "completed", row[1]["fee"]


class Theirs:
    """SpiffWorkflow with its own serialiser, one row an instance."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
        from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
        from SpiffWorkflow.spiff.parser import SpiffBpmnParser
        from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG

        self.connection = connection
        source = DRAWING.format(
            timer="&quot;PT72H&quot;",
            decision="<spiff:calledDecisionId>fee</spiff:calledDecisionId>",
            service='<bpmn:scriptTask id="charge"><bpmn:script>charged = charge(fee)</bpmn:script></bpmn:scriptTask>',
            condition="fee &gt; 0",
        )
        parser = SpiffBpmnParser()
        parser.add_dmn_xml(etree.fromstring(DECISION.encode()))
        parser.add_bpmn_xml(etree.fromstring(source.encode()))
        self.spec, self.subspecs = parser.get_spec("birth"), parser.get_subprocess_specs("birth")
        self.scripts = PythonScriptEngine(TaskDataEnvironment({"charge": charge}))
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        connection.execute(
            "create table theirs (id bigint generated always as identity primary key, state json not null)"
        )
        connection.commit()

    def start(self) -> int:
        from SpiffWorkflow import TaskState
        from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

        workflow = BpmnWorkflow(self.spec, self.subspecs, script_engine=self.scripts)
        workflow.get_next_task(state=TaskState.READY).data.update(GIVEN)
        workflow.do_engine_steps()
        row = self.connection.execute(
            "insert into theirs (state) values (%s) returning id", (self.serializer.serialize_json(workflow),)
        ).fetchone()
        assert row is not None
        self.connection.commit()
        return int(row[0])

    def complete(self, instance: int, element: str, output: Mapping[str, Any]) -> None:
        from SpiffWorkflow import TaskState

        workflow = self._load(instance, " for update")
        ready = workflow.get_tasks(state=TaskState.READY, manual=True)
        task = next(task for task in ready if task.task_spec.bpmn_id == element)
        task.data.update(output)
        task.run()
        workflow.do_engine_steps()
        self.connection.execute(
            "update theirs set state = %s where id = %s", (self.serializer.serialize_json(workflow), instance)
        )
        self.connection.commit()

    def _load(self, instance: int, how: str = "") -> Any:
        query = "select state::text from theirs where id = %s" + how
        row = self.connection.execute(query.encode(), (instance,)).fetchone()
        assert row is not None
        workflow = self.serializer.deserialize_json(row[0])
        workflow.script_engine = self.scripts
        return workflow

    def outcome(self, instance: int) -> tuple[bool, int]:
        workflow = self._load(instance)
        return workflow.is_completed(), workflow.last_task.data["fee"]


def run(dsn: str | None = None) -> dict[str, float]:
    """The two ratios with what they are made of; `dsn` defaults to MOTCUA_BENCH_DSN, else the embedded server."""
    dsn = dsn or os.environ.get("MOTCUA_BENCH_DSN") or _embedded()
    schema = f"bench_bpmn_{os.getpid()}"
    with psycopg.connect(dsn) as connection:
        connection.execute(f"create schema {schema}".encode())
        connection.execute(f"set search_path to {schema}".encode())
        connection.commit()
        try:
            return _measure(connection)
        finally:
            connection.rollback()
            connection.execute(f"drop schema {schema} cascade".encode())
            connection.commit()


def _embedded() -> str:
    from motcua.config.postgres.server import ensure_running

    return ensure_running().owner_dsn


def _measure(connection: psycopg.Connection[Any]) -> dict[str, float]:
    sides: dict[str, Ours | Theirs] = {"ours": Ours(connection), "theirs": Theirs(connection)}
    for side in sides.values():
        _play(side, 5)
    connection.execute("truncate ours, ours_task, theirs")
    connection.commit()
    spent: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            spent[name].append(_play(side, INSTANCES))
    connection.execute("truncate ours, ours_task, theirs")
    connection.commit()
    for side in sides.values():
        for _ in range(4 * INSTANCES):
            side.complete(side.start(), "appraise", {"note": "đủ"})
    space = _space(connection, 4 * INSTANCES)
    cpu = {name: statistics.median(times) for name, times in spent.items()}
    return {
        "cpu_ratio_to_spiff": round(cpu["ours"] / cpu["theirs"], 3),
        "space_ratio_to_spiff": round(space["ours"] / space["theirs"], 3),
        "cpu_ms": round(cpu["ours"], 3),
        "spiff_cpu_ms": round(cpu["theirs"], 3),
        "bytes": round(space["ours"]),
        "spiff_bytes": round(space["theirs"]),
    }


def _play(side: Ours | Theirs, instances: int) -> float:
    """CPU milliseconds of this process for an instance from start to end; raises when one did not end as it must."""
    begun = time.process_time()
    played = []
    for _ in range(instances):
        instance = side.start()
        side.complete(instance, "appraise", {"note": "đủ"})
        side.complete(instance, "sign", {"signed": True})
        played.append(instance)
    spent = (time.process_time() - begun) * 1000 / instances
    for instance in played:
        ended, fee = side.outcome(instance)
        if not ended or fee != EXPECTED_FEE:
            raise RuntimeError(f"{type(side).__name__} did not finish an instance: ended {ended}, fee {fee}")
    side.connection.commit()
    return spent


def _space(connection: psycopg.Connection[Any], instances: int) -> dict[str, float]:
    tables = {"ours": ("ours", "ours_task"), "theirs": ("theirs",)}
    connection.commit()
    connection.autocommit = True
    sizes: dict[str, float] = {}
    for name, parts in tables.items():
        total = 0
        for table in parts:
            connection.execute(f"vacuum full {table}".encode())
            row = connection.execute("select pg_total_relation_size(%s::regclass)", (table,)).fetchone()
            total += int(row[0]) if row else 0
        sizes[name] = total / instances
    connection.autocommit = False
    return sizes


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
