#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Validates samples/scenarios and samples/traces against the JSON Schemas of docs/, and checks that the schemas name every
operation and host register that the program knows and refuse what it refuses. Usage: validate_schemas.py PROJECT"""
import json
import pathlib
import re
import sys

import jsonschema

root = pathlib.Path(sys.argv[1])
schemas = {kind: json.loads((root / f"docs/{kind}.schema.json").read_text()) for kind in ("scenario", "trace")}
validators = {}
for kind, schema in schemas.items():
    jsonschema.Draft202012Validator.check_schema(schema)
    validators[kind] = jsonschema.Draft202012Validator(schema)

wrong = []
count = 0
for kind in schemas:
    for path in sorted((root / f"samples/{kind}s").glob("*.json")):
        document = json.loads(path.read_text())
        for error in validators[kind].iter_errors(document):
            wrong.append(f"{path}: {error.json_path}: {error.message[:200]}")
        if kind == "trace":
            for error in validators["scenario"].iter_errors(document["scenario"]):
                wrong.append(f"{path}: scenario: {error.json_path}: {error.message[:200]}")
        count += 1

operations = re.findall(r"^OPERATION\((\w+),", (root / "sim/scenario/operations.def").read_text(), re.M)
named = schemas["scenario"]["$defs"]["step"]["properties"]["op"]["enum"]
if operations != named:
    wrong.append(f"docs/scenario.schema.json names other operations than operations.def: {sorted(set(operations) ^ set(named))}")
registers = set(re.findall(r'^HOST_REGISTER\("([^"]+)"', (root / "sim/scenario/host_registers.def").read_text(), re.M))
for kind, extra in (("scenario", {"comment"}), ("trace", set())):
    known = set(schemas[kind]["properties"]["host"]["properties"]) - extra
    if known != registers:
        wrong.append(f"docs/{kind}.schema.json names other registers than host_registers.def: {sorted(known ^ registers)}")


def must_refuse(kind, name, change):
    document = json.loads((root / name).read_text())
    change(document)
    if validators[kind].is_valid(document):
        wrong.append(f"docs/{kind}.schema.json accepts what it should refuse: {change.__name__}")


def unknown_operation(document):
    document["steps"][0]["op"] = "vmxonn"


def unknown_member(document):
    document["steps"][0]["att"] = 1


def two_ways_to_write(document):
    document["steps"].append({"op": "write_memory", "at": "@vmcs", "value": 1, "hex": "00"})


def decimal_event_value(document):
    document["events"][0]["at"] = "1048576"


def no_processor(document):
    del document["producer"]["cpu"]


for change in (unknown_operation, unknown_member, two_ways_to_write):
    must_refuse("scenario", "samples/scenarios/first-entry.json", change)
for change in (decimal_event_value, no_processor):
    must_refuse("trace", "samples/traces/nmiexits.json", change)

print("\n".join(wrong) or f"{count} files match their schemas")
sys.exit(bool(wrong) or count < 12)
